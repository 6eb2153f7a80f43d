package operate

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// Resend sends the results of a run again that has ended, all of whose tasks
// succeeded: to the destination that to names, which may be any of the site's;
// if it is "", to those that did not get all or, where all did, to every one.
// Objects that a destination took of a delivery that did not succeed are not
// sent to it again.
func (o *Operator) Resend(ctx context.Context, id run.ID, to string, by run.Actor) error {
	entry := run.Entry{Action: run.Resend, ID: string(id), By: by}
	if to != "" {
		entry.Detail = "to " + to
	}
	kept := o.outputsKept(ctx, id)
	now := time.Now()
	r := resending{to: to, site: o.Destinations(), now: now, since: o.Running()}
	_, err := o.onRun(ctx, entry, func(s run.Standing) (run.Acting, error) {
		acting, err := r.decide(s)
		if err != nil {
			return acting, err
		}
		if err := filesKept(s.Run.FilesRemoved); err != nil { // also since they were looked for
			return acting, removed("resend", id, err, "`raddeploy rerun` makes a new run of what arrived, if that is kept")
		}
		return acting, kept
	})
	if err == nil {
		o.Deliver()
	}
	return err
}

// resending is what is asked for.
type resending struct {
	to    string // "": no destination is named
	site  config.Destinations
	now   time.Time
	since time.Duration // how long agents have run
}

// decide decides which deliveries a run gets.
func (r resending) decide(s run.Standing) (a run.Acting, err error) {
	if err := possibleToResend(s); err != nil {
		return a, err
	}
	chosen := r.choose(s.Deliveries)
	for _, before := range chosen {
		next := r.delivery(s, r.current(before.Destination))
		if !before.State.Delivered() && next.Destination == before.Destination {
			next.Resumes = before.ID
		}
		a.Supersede = append(a.Supersede, before.ID)
		a.Deliveries = append(a.Deliveries, next)
	}
	if known, ok := r.site.Named(r.to); ok && len(chosen) == 0 {
		a.Deliveries = append(a.Deliveries, r.delivery(s, known.ForRuns()))
	}
	if len(a.Deliveries) == 0 {
		return a, r.nowhere(s)
	}
	a.State = run.Sending
	return a, nil
}

// possibleToResend says why a run's results cannot be sent as it stands, and
// what can be done instead.
func possibleToResend(s run.Standing) error {
	no := func(advice string) error { return refused(run.Resend, s.Run, run.Sending, advice) }
	switch s.Run.State {
	case run.Pending, run.Running:
		return no("it has no results yet: wait until it has ended")
	case run.Sending:
		return no("its results are being sent: " + quoted("runs", s.Run) + " shows how far they are")
	case run.Canceling:
		return no("wait until it is canceled; " + quoted("retry", s.Run) + " then makes its results")
	}
	i := slices.IndexFunc(s.Tasks, func(t run.Task) bool { return t.State != run.TaskSucceeded })
	if i < 0 {
		return nil
	}
	return no(fmt.Sprintf("its results are not whole, because task %s is %s: %s has it tried again", s.Tasks[i].Name, s.Tasks[i].State, quoted("retry", s.Run)))
}

// choose returns the deliveries that are made again.
func (r resending) choose(all []run.Delivery) []run.Delivery {
	if r.to != "" {
		return slices.DeleteFunc(slices.Clone(all), func(d run.Delivery) bool { return d.Destination.String() != r.to })
	}
	unsent := slices.DeleteFunc(slices.Clone(all), func(d run.Delivery) bool { return d.State.Delivered() })
	if len(unsent) > 0 {
		return unsent
	}
	return all
}

// current is a destination as the site has it now, if it names it.
func (r resending) current(d run.Destination) run.Destination {
	if known, ok := r.site.Named(d.Name); ok && d.Name != "" {
		return known.ForRuns()
	}
	return d
}

func (r resending) delivery(s run.Standing, to run.Destination) run.Resending {
	return run.Resending{Delivery: run.Delivery{Run: s.Run.ID, Destination: to, NextTry: r.now, Since: r.since}}
}

// nowhere says that there is no destination to send to.
func (r resending) nowhere(s run.Standing) error {
	var names []string
	for _, d := range s.Deliveries {
		names = append(names, d.Destination.String())
	}
	for _, d := range r.site {
		if !slices.Contains(names, d.Name) {
			names = append(names, d.Name)
		}
	}
	advice := "it can be sent to " + strings.Join(names, ", ")
	switch {
	case len(names) == 0:
		advice = "add a destination to the site"
	case r.to == "":
		advice = "name a destination with -to; " + advice
	}
	if r.to == "" {
		return &Refusal{&problem.Error{Op: "resend", Object: fmt.Sprintf("run %.8s", s.Run.ID), Cause: fmt.Errorf("flow %s sends nothing", s.Run.Flow), Advice: advice}}
	}
	return &problem.Error{Op: "resend: destination", Object: strconv.Quote(r.to), Cause: state.ErrNotFound, Advice: advice}
}
