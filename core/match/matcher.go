package match

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/match/decide"
	"github.com/raddeploy/raddeploy/core/run"
)

// Store is what the matcher needs of the state database.
type Store interface {
	ArrivalsIn(ctx context.Context, states ...run.ArrivalState) ([]run.Arrival, error)
	// Objects returns the objects of an arrival, in the order in which they came.
	Objects(ctx context.Context, arrival run.ArrivalID) ([]run.Object, error)
	// SetMatched commits what an arrival has triggered. The error is a
	// [run.StateError] if the arrival is not complete any more.
	SetMatched(context.Context, run.Matching) error
	// SentBy returns who opened each association that has sent to an arrival of a
	// series or study.
	SentBy(ctx context.Context, arrival run.ArrivalID) (map[run.ArrivalID]run.Sender, error)
	// Copies returns the objects of an arrival of whose SOP instance it has several.
	Copies(ctx context.Context, arrival, before run.ArrivalID) ([]run.Object, error)
}

// Flows are the flows in force.
type Flows interface {
	InForce() []*flowfile.Loaded
	// Rules are the rules of completion in use: the site's, and those of the flows.
	Rules() []flow.Rule
}

// Headers reads objects. A header that cannot be read to its end comes with an
// error and what could be read.
type Headers interface {
	Header(file string) (*dcm.Header, error)
}

// Matcher is the loop. Its fields are set before Run.
type Matcher struct {
	Store   Store
	Flows   Flows
	Headers Headers
	// Schedule wakes the scheduler: there are new runs.
	Schedule func()
	// Differing counts the SOP instances of which not all copies have the same
	// bytes. Nil: they are not compared.
	Differing func(copies []run.Object) run.Differing
	// Patience is how long the next arrival waits for the one before it. After that
	// it is matched beside it.
	Patience time.Duration
	// Apart says which senders' arrivals no flow is matched against. Nil: none.
	Apart func(run.Sender) bool
	// Matched is told of each arrival that was matched: its state and what each
	// flow made of it. Nil: nothing is.
	Matched func(run.ArrivalState, []*decide.Result)
	// Backoff is between tries, while there is an arrival that cannot be matched.
	Backoff wake.Backoff
	Logger  hclog.Logger

	wake wake.Signal
	slow slow
}

// interval is how often the matcher looks without having been woken.
const interval = 30 * time.Second

// New returns a matcher. Its fields are set before Run.
func New() *Matcher {
	return &Matcher{
		Patience: 200 * time.Millisecond, Backoff: wake.Backoff{First: time.Second, Longest: interval},
		wake: wake.NewSignal(), slow: newSlow(),
	}
}

// Wake tells the matcher that an arrival is complete.
func (m *Matcher) Wake() { m.wake.Wake() }

// Run matches complete arrivals, oldest first, until ctx ends.
func (m *Matcher) Run(ctx context.Context) error {
	defer m.slow.done.Wait()
	failed := 0
	for {
		next := interval
		if err := m.all(ctx); err == nil {
			failed = 0
		} else if ctx.Err() == nil {
			failed++
			next = m.Backoff.After(failed)
			m.Logger.Error("cannot match arrivals; retrying", "error", err, "wait", next.String())
		}
		select {
		case <-m.wake:
		case <-time.After(next):
		case <-ctx.Done():
			return nil
		}
	}
}

// all matches the arrivals that are complete. One that cannot be matched stops
// no other, and one that takes long is left behind.
func (m *Matcher) all(ctx context.Context) error {
	arrivals, err := m.Store.ArrivalsIn(ctx, run.ArrivalComplete)
	if err != nil {
		return err
	}
	var errs []error
	for _, arrival := range arrivals {
		if m.slow.holds(arrival) {
			continue
		}
		if err := m.begin(ctx, arrival); err != nil {
			errs = append(errs, fmt.Errorf("arrival %s: %w", arrival.ID, err))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return errors.Join(errs...)
}

// one decides which flows an arrival triggers, and commits their runs and the
// explanation.
func (m *Matcher) one(ctx context.Context, arrival run.Arrival) error {
	flows, others := m.ofRule(arrival.Rule)
	if m.Apart != nil && m.Apart(arrival.Sender) {
		flows, others = nil, nil
	}
	objects, err := m.Store.Objects(ctx, arrival.ID)
	if err != nil {
		return err
	}
	candidates, studies, err := m.candidates(ctx, arrival, objects, flows)
	if err != nil {
		return err
	}
	matched := decide.NewArrival(candidates)
	results := make([]*decide.Result, 0, len(flows))
	matching := run.Matching{Arrival: arrival.ID, State: run.ArrivalMatched}
	for _, f := range flows {
		result := matched.Match(f.Matcher)
		result.Digest = f.Digest
		results = append(results, result)
		if result.Verdict == decide.Matched {
			created, names := NewRun(f, objects, result.Selected)
			created.Studies = studiesOf(studies, result.Selected)
			matching.Runs, matching.Tasks = append(matching.Runs, created), append(matching.Tasks, names)
		}
	}
	for _, f := range others {
		results = append(results, &decide.Result{
			Flow: f.Flow.Name, Version: f.Flow.Version, Digest: f.Digest, Verdict: decide.OtherRule, Objects: len(objects), Triggers: []decide.Trigger{},
		})
	}
	if matching.Explanation, err = json.Marshal(results); err != nil {
		return err
	}
	if len(matching.Runs) == 0 {
		matching.State, matching.Reason = run.ArrivalUnmatched, unmatched(arrival, len(flows), len(others))
	}
	if matching.Remark, err = m.remark(ctx, arrival, len(objects)); err != nil {
		return err
	}
	if err := m.Store.SetMatched(ctx, matching); err != nil {
		return err
	}
	if len(matching.Runs) > 0 {
		m.Schedule()
	}
	if m.Matched != nil {
		m.Matched(matching.State, results)
	}
	m.Logger.Info("arrival matched", "arrival", arrival.ID, "calling", arrival.Sender.CallingAE, "called", arrival.Sender.CalledAE,
		"peer", arrival.Sender.Address, "objects", arrival.Objects, "instances", len(objects), "runs", len(matching.Runs), "flows", len(flows))
	for _, r := range matching.Runs {
		m.Logger.Info("run created", "run", r.ID, "arrival", arrival.ID, "flow", r.Flow, "version", r.Version, "objects", len(r.Objects))
	}
	return nil
}

// remark says what is odd about what one association brought, of so many SOP
// instances. Of a series or study it was said when that was complete.
func (m *Matcher) remark(ctx context.Context, arrival run.Arrival, instances int) (string, error) {
	if m.Differing == nil || arrival.Rule.Groups() || instances >= arrival.Objects {
		return "", nil
	}
	copies, err := m.Store.Copies(ctx, arrival.ID, "")
	if err != nil {
		return "", err
	}
	if d := m.Differing(copies); d.Instances > 0 {
		return d.String(), nil
	}
	return "", nil
}

// ofRule returns the flows in force that are matched against arrivals of a rule,
// and the others.
func (m *Matcher) ofRule(rule flow.Rule) (flows, others []*flowfile.Loaded) {
	inUse := m.Flows.Rules()
	for _, f := range m.Flows.InForce() {
		if f.Rule.Takes(rule, inUse) {
			flows = append(flows, f)
		} else {
			others = append(others, f)
		}
	}
	return flows, others
}

// unmatched says why an arrival has no run.
func unmatched(arrival run.Arrival, flows, others int) string {
	why := fmt.Sprintf("none of %d flows wants it", flows)
	if others > 0 {
		why += fmt.Sprintf("; not asked: %d with another rule than %s", others, arrival.Rule.On())
	}
	return why
}

// NewRun returns the run of a flow on the objects with these indexes, and the
// names of its tasks.
func NewRun(f *flowfile.Loaded, objects []run.Object, selected []int) (run.Run, []string) {
	r := run.Run{
		ID:         run.NewID(),
		Flow:       f.Flow.Name,
		Version:    f.Flow.Version,
		Digest:     f.Digest,
		Definition: f.Encoded,
		Priority:   f.Flow.Priority,
		Patient:    objects[selected[0]].Patient,
		Created:    time.Now(),
	}
	for _, i := range selected {
		r.Objects = append(r.Objects, objects[i].ID)
	}
	names := make([]string, len(f.Flow.Models))
	for i, model := range f.Flow.Models {
		names[i] = model.Name
	}
	return r, names
}
