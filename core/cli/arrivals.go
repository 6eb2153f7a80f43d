package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/problem"
	runs "github.com/raddeploy/raddeploy/core/run"
)

// arrivalsCommand shows the arrivals, or one of them.
type arrivalsCommand struct {
	base
	listFlags
}

func (c *arrivalsCommand) Synopsis() string { return "Show the arrivals, or one of them" }

func (c *arrivalsCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy arrivals [options] [ARRIVAL]

  Lists the newest arrivals, or shows one with the runs that it triggered. ARRIVAL is an id
  or the beginning of one. One that is receiving says what it waits for. With -json one arrival
  comes with its explanation: why each flow did or did not trigger.

  raddeploy arrivals -state incomplete -since 1d     what waits for an operator since yesterday

Options:

  -state STATE   only arrivals in this state; may repeat: receiving, incomplete, complete,
                 matched, unmatched, superseded, discarded, grouped, ignored
  -sender AET    only what this calling AE title sent
  -since TIME    only arrivals opened since then: how long ago ("2h", "7d"), or
                 "2006-01-02 15:04"
  -n NUMBER      that many at most (default 200)
  -watch         show the list anew every two seconds, until interrupted` + remoteHelp + `
` + exitCodes)
}

func (c *arrivalsCommand) Run(args []string) int {
	var r remote
	set := c.flags("arrivals", c.Help)
	r.register(set)
	c.register(set)
	rest, code, ok := c.parse(set, args)
	switch {
	case !ok:
		return code
	case len(rest) > 1:
		return c.usage("arrivals takes one id at the most")
	case len(rest) == 1 && c.given():
		return c.usage("-state, -sender, -since, -n and -watch are for the list of arrivals, and not for one")
	case len(rest) == 1:
		return c.one(r, rest[0])
	}
	q := api.ArrivalQuery{Sender: c.sender}
	var err error
	if q.Paging, q.Since, err = c.read(time.Now()); err == nil {
		q.States, err = statesOf(c.states, runs.ArrivalStates())
	}
	if err != nil {
		return c.usage("%v", err)
	}
	return showList(&c.base, r, c.watch, func(ctx context.Context) (api.Page[api.Arrival], error) { return r.client().Arrivals(ctx, q) }, c.show)
}

func (c *arrivalsCommand) show(all []api.Arrival) {
	rows := [][]string{{"ID", "STATE", "OF", "FROM", "ADDRESS", "OBJECTS", "MB", "OPENED", "REASON"}}
	for _, a := range all {
		rows = append(rows, []string{short(string(a.ID)), string(a.State), of(&a), from(&a), a.Address, objectsOf(&a), megabytes(a.Bytes),
			clock(&a.Opened), why(&a)})
	}
	c.listed(rows)
}

func (c *arrivalsCommand) one(r remote, id string) int {
	a, err := r.client().Arrival(c.ctx, id)
	if err != nil {
		return c.complain(err)
	}
	if r.json {
		return c.printJSON(a)
	}
	c.fields(append([][]string{
		{"Arrival", string(a.ID)},
		{"State", string(a.State)},
		{"Reason", a.Reason},
		{"Waits for", strings.Join(a.WaitsFor, "; ")},
		{"Completion", a.Completion},
		{"Of", strings.TrimSpace(of(&a) + " " + a.UID)},
		{"Revision of", string(a.Previous)},
		{"From", senders(&a)},
		{"Objects", fmt.Sprintf("%s, %s MB", objectsOf(&a), megabytes(a.Bytes))},
		{"Not accepted", notAccepted(&a)},
		{"Opened", clock(&a.Opened)},
		{"Completed", clock(a.Completed)},
		{"Files", removedOn("files", a.FilesRemoved)},
	}, commitments("Commitment", a.Commitments)...))
	if len(a.Runs) > 0 {
		c.runsOf(a.Runs)
	}
	if len(a.Journal) > 0 {
		c.entries(a.Journal)
	}
	return exitOK
}

// of says what makes the objects one arrival.
func of(a *api.Arrival) string {
	on := cmp.Or(a.On, "association")
	if a.Revision > 1 {
		on += fmt.Sprintf(" (revision %d)", a.Revision)
	}
	return on
}

// from is the AE titles of the senders.
func from(a *api.Arrival) string {
	titles := []string{a.CallingAE}
	for _, s := range a.Senders {
		if !slices.Contains(titles, s.CallingAE) {
			titles = append(titles, s.CallingAE)
		}
	}
	return strings.Join(titles, ", ")
}

// objectsOf is how many objects an arrival has and, if that is fewer, how many SOP
// instances.
func objectsOf(a *api.Arrival) string {
	if a.Instances >= a.Objects {
		return strconv.Itoa(a.Objects)
	}
	return fmt.Sprintf("%d (%s)", a.Objects, problem.Counted(a.Instances, "SOP instance"))
}

// notAccepted is what the senders proposed in vain.
func notAccepted(a *api.Arrival) string {
	var names []string
	for _, uid := range a.NotAccepted {
		names = append(names, uidName(uid))
	}
	return strings.Join(names, ", ")
}

func senders(a *api.Arrival) string {
	all := a.Senders
	if len(all) == 0 {
		all = []api.Sender{{CallingAE: a.CallingAE, CalledAE: a.CalledAE, Address: a.Address}}
	}
	var texts []string
	for _, s := range all {
		texts = append(texts, fmt.Sprintf("%s at %s, calling %s", s.CallingAE, s.Address, s.CalledAE))
	}
	return strings.Join(texts, "; ")
}

// why is what an operator wants to know of an arrival's state.
func why(a *api.Arrival) string {
	return cmp.Or(a.Reason, strings.Join(a.WaitsFor, "; "), a.Completion)
}

func (c *arrivalsCommand) runsOf(runs []api.Run) {
	fmt.Fprintln(c.out)
	rows := [][]string{{"RUN", "STATE", "FLOW", "OBJECTS", "REASON"}}
	for _, run := range runs {
		rows = append(rows, []string{short(string(run.ID)), string(run.State), named(run.Flow, run.Version), strconv.Itoa(run.Objects), run.Reason})
	}
	c.table(rows)
}

func megabytes(n int64) string { return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) }
