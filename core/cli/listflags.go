package cli

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/sdk/suggest"
)

// listFlags are those of a command that shows a list, or one thing of it.
type listFlags struct {
	states stringList
	flow   string
	sender string
	since  string
	number int
	watch  bool
}

// register names all of them but -flow.
func (f *listFlags) register(set *flag.FlagSet) {
	set.Var(&f.states, "state", "")
	set.StringVar(&f.sender, "sender", "", "")
	set.StringVar(&f.since, "since", "", "")
	set.IntVar(&f.number, "n", 0, "")
	set.BoolVar(&f.watch, "watch", false, "")
}

// given reports whether one of them was, each of which is about the list.
func (f *listFlags) given() bool {
	return len(f.states) > 0 || f.flow != "" || f.sender != "" || f.since != "" || f.number != 0 || f.watch
}

// read returns the part of the list that is wanted, and since when.
func (f *listFlags) read(now time.Time) (p api.Paging, from time.Time, err error) {
	if p.Limit = f.number; f.number < 0 {
		return p, from, fmt.Errorf("-n takes a number above 0")
	}
	from, err = since(f.since, now)
	return p, from, err
}

// statesOf are the states that flags name, of those that there are.
func statesOf[S ~string](given []string, known []S) (all []S, err error) {
	for _, state := range given {
		if !slices.Contains(known, S(state)) {
			var names []string
			for _, k := range known {
				names = append(names, string(k))
			}
			return nil, fmt.Errorf("-state %s: %s", state, suggest.Hint(state, names, "the states are "+strings.Join(names, ", ")))
		}
		all = append(all, S(state))
	}
	return all, nil
}

// showList shows a list once, as JSON if that is asked for, or anew until the
// command is interrupted.
func showList[T any](c *base, r remote, watch bool, ask func(context.Context) (api.Page[T], error), show func([]T)) int {
	if watch && r.json {
		return c.usage("-watch is for people: programs ask again, or follow the agent's events")
	}
	look := func() error {
		page, err := ask(c.ctx)
		if err == nil {
			show(page.Items)
		}
		return err
	}
	if watch {
		return c.again(look)
	}
	page, err := ask(c.ctx)
	switch {
	case err != nil:
		return c.complain(err)
	case r.json:
		return c.printJSON(page.Items)
	}
	show(page.Items)
	return exitOK
}
