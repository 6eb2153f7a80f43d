package match

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing/synctest"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// store keeps arrivals in memory. Its next call of a name can fail, be late,
// never be answered, come after somebody else moved the arrival, or be the last
// of its process.
type store struct {
	mu     sync.Mutex
	rows   []*row
	faults map[string]string // by a call's name, or its name and an arrival
	events []string
	at     time.Time          // of the latest event
	end    context.CancelFunc // ends the process
}

type row struct {
	run.Arrival
	objects     []run.Object
	explanation []byte
	senders     map[run.ArrivalID]run.Sender
}

var errDead = errors.New("the process has ended")

func newStore() *store { return &store{faults: map[string]string{}} }

func (s *store) log(format string, args ...any) {
	s.at = time.Now()
	s.events = append(s.events, fmt.Sprintf(format, args...)+"\n")
}

// take returns the events since the last time.
func (s *store) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	events := strings.Join(s.events, "")
	s.events = nil
	return events
}

// await lets time pass until something happens, and says at the head of the
// events how much, since the event before.
func (s *store) await(shown func(time.Duration) time.Duration) {
	begun := s.at
	if begun.IsZero() {
		begun = time.Now()
	}
	for limit := time.Now().Add(time.Hour); ; time.Sleep(100 * time.Millisecond) {
		synctest.Wait()
		s.mu.Lock()
		passed := s.at.Sub(begun)
		if len(s.events) > 0 || time.Now().After(limit) {
			head := fmt.Sprintf("(%s)\n", shown(passed))
			if len(s.events) == 0 {
				head = "(nothing within an hour)\n"
			}
			s.events = slices.Insert(s.events, 0, head)
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
	}
}

func (s *store) fault(name string) string {
	fault := s.faults[name]
	if !strings.HasPrefix(fault, "always ") {
		delete(s.faults, name)
	}
	return strings.TrimPrefix(fault, "always ")
}

// call is how a call of the store goes. Do is applied, and before, the fault of
// the call, or the one of the call for this arrival.
func (s *store) call(ctx context.Context, name string, of run.ArrivalID, do func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	fault := s.fault(name)
	if fault == "" {
		fault = s.fault(name + " " + string(of))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	switch fault {
	case "fail":
		return fmt.Errorf("commit: %w", syscall.ENOSPC)
	case "moved":
		s.row(of).State = run.ArrivalMatched
	case "block":
		s.mu.Unlock()
		<-ctx.Done()
		s.mu.Lock()
		return ctx.Err()
	case "crash": // before it is applied
		s.end()
		return errDead
	}
	err := do()
	switch fault {
	case "late": // what it answers is old then
		s.mu.Unlock()
		time.Sleep(time.Second)
		s.mu.Lock()
	case "unanswered": // the process ends after it was applied
		s.end()
		return errDead
	}
	return err
}

func (s *store) row(id run.ArrivalID) *row {
	return s.rows[slices.IndexFunc(s.rows, func(r *row) bool { return r.ID == id })]
}

func (s *store) ArrivalsIn(ctx context.Context, states ...run.ArrivalState) (all []run.Arrival, err error) {
	err = s.call(ctx, "ArrivalsIn", "", func() error {
		for _, r := range s.rows {
			if slices.Contains(states, r.State) {
				all = append(all, r.Arrival)
			}
		}
		return nil
	})
	return all, err
}

func (s *store) Objects(ctx context.Context, id run.ArrivalID) (objects []run.Object, err error) {
	err = s.call(ctx, "Objects", id, func() error {
		objects = slices.Clone(s.row(id).objects)
		return nil
	})
	return objects, err
}

func (s *store) SentBy(ctx context.Context, id run.ArrivalID) (senders map[run.ArrivalID]run.Sender, err error) {
	err = s.call(ctx, "SentBy", id, func() error {
		senders = s.row(id).senders
		return nil
	})
	return senders, err
}

func (s *store) Copies(ctx context.Context, id, _ run.ArrivalID) (copies []run.Object, err error) {
	err = s.call(ctx, "Copies", id, func() error {
		copies = slices.Clone(s.row(id).objects)
		return nil
	})
	return copies, err
}

func (s *store) SetMatched(ctx context.Context, m run.Matching) error {
	return s.call(ctx, "SetMatched", m.Arrival, func() error {
		r := s.row(m.Arrival)
		if !slices.Contains(r.State.Next(), m.State) {
			return &run.StateError{Thing: "arrival", ID: string(m.Arrival), From: string(r.State), To: string(m.State)}
		}
		r.State, r.Reason, r.explanation = m.State, m.Reason, m.Explanation
		text := fmt.Sprintf("%s %s", m.Arrival, m.State)
		if m.Reason != "" {
			text += ": " + m.Reason
		}
		if m.Remark != "" {
			text += " (" + m.Remark + ")"
		}
		for _, created := range m.Runs {
			text += fmt.Sprintf(" %s%v", created.Flow, created.Objects)
		}
		s.log("%s", text)
		return nil
	})
}
