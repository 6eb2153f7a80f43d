package assemble

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// store keeps arrivals in memory. Its next call of a name can fail, be late or
// never be answered.
type store struct {
	mu     sync.Mutex
	rows   []*row
	newest int64 // object's id
	faults map[string]string
	asked  map[run.ArrivalID]bool // storage commitment was asked for them
}

type row struct {
	id      run.ArrivalID
	seq     int64
	sender  run.Sender
	state   run.ArrivalState
	reason  string
	objects []run.Object
	// of a series or study
	group run.Arrival
	due   time.Time
	sent  []run.ArrivalID
}

func (r *row) String() string {
	text := string(r.id)
	if r.group.UID != "" {
		text += fmt.Sprintf(" %s %s", r.group.Rule.On(), r.group.UID)
	}
	if r.group.Previous != "" {
		text += fmt.Sprintf(" (%d, after %s)", r.group.Revision, r.group.Previous)
	}
	text += " " + string(r.state)
	for _, o := range r.objects {
		text += " " + o.File[strings.Index(o.File, "/")+1:]
	}
	if r.reason != "" {
		text += ": " + r.reason
	}
	if r.group.Completion != "" {
		text += " [" + r.group.Completion + "]"
	}
	return text
}

// kept tells objects by their place among those of the arrival.
func (r *row) kept() []run.Kept {
	var all []run.Kept
	for i, o := range r.objects {
		all = append(all, run.Kept{ID: int64(i), Series: o.SeriesUID, Instance: o.SOPInstanceUID})
	}
	return all
}

// take removes those of the objects that go to another arrival.
func (r *row) take(part []int64) []run.Object {
	var taken, left []run.Object
	for i, o := range r.objects {
		if slices.Contains(part, int64(i)) {
			taken = append(taken, o)
		} else {
			left = append(left, o)
		}
	}
	r.objects = left
	return taken
}

func newStore() *store { return &store{faults: map[string]string{}, asked: map[run.ArrivalID]bool{}} }

// call is how the call of a name begins. Unless it fails, the store is locked
// then.
func (s *store) call(ctx context.Context, name string) error {
	s.mu.Lock()
	fault := s.faults[name]
	delete(s.faults, name)
	s.mu.Unlock()
	switch fault {
	case "fail":
		return fmt.Errorf("commit: %w", syscall.ENOSPC)
	case "late":
		time.Sleep(time.Second)
	case "block":
		<-ctx.Done()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	return nil
}

func (s *store) row(id run.ArrivalID) *row {
	return s.rows[slices.IndexFunc(s.rows, func(r *row) bool { return r.id == id })]
}

func (s *store) OpenArrival(ctx context.Context, a run.Arrival) error {
	if err := s.call(ctx, "OpenArrival"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.rows = append(s.rows, &row{id: a.ID, seq: int64(len(s.rows) + 1), sender: a.Sender, state: run.ArrivalReceiving, group: a})
	return nil
}

func (s *store) AddObjects(ctx context.Context, id run.ArrivalID, objects []run.Object, place run.Place) error {
	if err := s.call(ctx, "AddObjects"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	objects, err := s.place(id, objects, place)
	if err != nil {
		return err
	}
	r := s.row(id)
	r.objects = append(r.objects, objects...)
	return nil
}

func (s *store) CloseArrival(ctx context.Context, id run.ArrivalID, _ time.Time, last []run.Object, place run.Place, decide run.Close) error {
	if err := s.call(ctx, "CloseArrival"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	last, err := s.place(id, last, place)
	if err != nil {
		return err
	}
	r := s.row(id)
	after := *r
	after.objects = append(slices.Clone(r.objects), last...)
	this := run.Content{Arrival: r.id, Seq: r.seq, Sender: r.sender, Objects: len(after.objects), Rule: r.group.Rule, Shared: s.shared(id), Asked: s.asked[id]}
	closing, err := decide(this, func() (run.Tries, error) { return s.tries(&after) })
	if err != nil {
		return err
	}
	if !slices.Contains(r.state.Next(), closing.State) {
		return &run.StateError{Thing: "arrival", ID: string(id), From: string(r.state), To: string(closing.State)}
	}
	after.state, after.reason = closing.State, closing.Reason
	for _, old := range closing.Supersedes {
		before := s.row(old.Arrival)
		before.reason = old.Reason
		if len(old.Part) > 0 {
			after.objects = append(after.objects, before.take(old.Part)...)
			continue
		}
		before.state = run.ArrivalSuperseded
		after.objects = append(after.objects, before.objects...)
	}
	*r = after
	return nil
}

// tries returns those of other senders, too: it is not the store that decides.
func (s *store) tries(by *row) (run.Tries, error) {
	if s.faults["tries"] != "" {
		delete(s.faults, "tries")
		return run.Tries{}, syscall.EIO
	}
	all := run.Tries{Sent: by.kept()}
	for _, r := range s.rows {
		if r.state == run.ArrivalIncomplete {
			all.Before = append(all.Before, run.Incomplete{Arrival: r.id, Seq: r.seq, Sender: r.sender, Reason: r.reason, Kept: r.kept()})
		}
	}
	return all, nil
}

func (s *store) Associations(ctx context.Context) ([]run.Content, error) {
	if err := s.call(ctx, "Associations"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var all []run.Content
	for _, r := range s.rows {
		if r.state == run.ArrivalReceiving && r.group.UID == "" {
			all = append(all, run.Content{Arrival: r.id, Rule: r.group.Rule, Shared: s.shared(r.id)})
		}
	}
	return all, nil
}

func (s *store) Recorded(ctx context.Context, id run.ArrivalID) ([]string, error) {
	if err := s.call(ctx, "Recorded"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var files []string
	for _, o := range s.row(id).objects {
		files = append(files, o.File)
	}
	return files, nil
}
