package flowset

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
)

// ErrNotFound is returned when the site has no flow of a name.
var ErrNotFound = errors.New("not found")

// ConflictError means that a flow cannot be switched, or that a name means
// several flows.
type ConflictError struct{ Message, Advice string }

func (e *ConflictError) Error() string { return e.Message + ": " + e.Advice }

// Hint returns the advice.
func (e *ConflictError) Hint() string { return e.Advice }

// Switch has a flow take part or not, from the next arrival on. Runs in
// progress go on. Doing it twice is doing it once.
func (s *Set) Switch(ctx context.Context, name string, on bool, by run.Actor) (Flow, error) {
	select {
	case s.switching <- struct{}{}:
		defer func() { <-s.switching }()
	case <-ctx.Done():
		return Flow{}, ctx.Err()
	}
	found, err := s.find(name)
	if err != nil {
		return Flow{}, err
	}
	id := found.Flow.ID()
	e := run.Entry{At: time.Now(), Action: run.Disable, Thing: "flow", ID: id.String(), By: by}
	if on {
		e.Action = run.Enable
	}
	switch {
	case on && found.Flow.Mode == flow.Off:
		return Flow{}, &ConflictError{fmt.Sprintf("flow %s is off in its own file", id), "change its mode in " + found.Path}
	case on:
		if err = s.store.SwitchOn(ctx, id, e); err == nil {
			s.record(func() { delete(s.off, id) })
		}
	default:
		if err = s.store.SwitchOff(ctx, id, e); err == nil {
			s.record(func() {
				if _, twice := s.off[id]; !twice { // as in the store, the first time counts
					s.off[id] = e.At
				}
			})
		}
	}
	if err != nil {
		return Flow{}, err
	}
	s.logger.Info("flow switched", "flow", id.Name, "version", id.Version, "on", on, "by", by.String(), "address", by.Address)
	return s.Show(name)
}

func (s *Set) record(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// find returns the flow that an identity (name@version) means, or a name that
// only one flow has.
func (s *Set) find(name string) (*flowfile.Loaded, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var named []*flowfile.Loaded
	for _, l := range s.files.Flows {
		if l.Flow.ID().String() == name {
			return l, nil
		}
		if l.Flow.Name == name {
			named = append(named, l)
		}
	}
	switch len(named) {
	case 0:
		return nil, &problem.Error{Op: "flow", Object: strconv.Quote(name), Cause: ErrNotFound, Advice: "see `raddeploy flow list`"}
	case 1:
		return named[0], nil
	}
	return nil, &ConflictError{fmt.Sprintf("flow %q has %d versions", name, len(named)), "name one of them as NAME@VERSION"}
}
