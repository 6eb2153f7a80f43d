package cli

import (
	"context"
	"encoding/json"
	"flag"

	"github.com/raddeploy/raddeploy/core/api"
)

// entryFlags are those of the commands that show the journal.
type entryFlags struct {
	query        api.JournalQuery
	since, until moment
	lines        bool
}

const entryHelp = `
  -action WORD   such as cancel, disable, look, login, "create token"
  -thing WORD    run, arrival, executor, flow, token or site
  -of ID         the whole id of that
  -by NAME       who did it
  -since TIME    a time such as 2026-03-01T08:00:00Z, or how long ago, such as 90m or 7d
  -until TIME    as -since
  -n NUMBER      how many; default 200, at most 1000
  -jsonl         all of them, as JSON lines, to be kept elsewhere`

func (f *entryFlags) register(set *flag.FlagSet) {
	set.StringVar((*string)(&f.query.Action), "action", "", "")
	set.StringVar(&f.query.Thing, "thing", "", "")
	set.StringVar(&f.query.Of, "of", "", "")
	set.StringVar(&f.query.By, "by", "", "")
	set.IntVar(&f.query.Limit, "n", 0, "")
	set.Var(&f.since, "since", "")
	set.Var(&f.until, "until", "")
	set.BoolVar(&f.lines, "jsonl", false, "")
}

// showEntries shows what ask returns for the query that the flags make.
func (b *base) showEntries(r remote, f *entryFlags, ask func(context.Context, api.JournalQuery) (api.Page[api.Entry], error), rows func([]api.Entry) [][]string) int {
	q := f.query
	q.Since, q.Until = f.since.Time, f.until.Time
	out := json.NewEncoder(b.out)
	for {
		page, err := ask(b.ctx, q)
		switch {
		case err != nil:
			return b.complain(err)
		case !f.lines && r.json:
			return b.printJSON(page.Items)
		case !f.lines:
			b.table(rows(page.Items))
			return exitOK
		}
		for _, e := range page.Items {
			if err := out.Encode(e); err != nil {
				return b.complain(err)
			}
		}
		if q.After = page.Next; page.Next == "" {
			return exitOK
		}
	}
}
