package notify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// world is a store in memory that can fail, and recipients whose servers can, too.
type world struct {
	mu         sync.Mutex
	site       *config.Site
	began      time.Time
	broken     bool // the store
	all        []run.Event
	told       run.Told
	notices    int64
	messages   []*run.Message
	runs       map[string]run.Run
	tasks      map[run.ID][]run.Task
	deliveries map[run.ID][]run.Delivery
	arrivals   map[string]run.Arrival
	endless    bool                    // the store takes no ends of tries
	stale      time.Duration           // how old the answer about pending messages is
	taking     time.Duration           // how long a server takes for a message
	asked      int                     // how often a server was
	days       int                     // in which the disk is full
	noDisk     error                   // of a look at the disk
	refuse     func(run.Message) error // nil: every message is taken
	sent       []run.Message
}

func newWorld(blocks ...config.Notify) *world {
	for i, b := range blocks {
		b.Site = len(b.Flows) == 0
		if b.On == nil {
			b.On = []run.NoticeKind{run.NoticeFailed, run.NoticeHeld, run.NoticeRecovered}
		}
		b.Email = &config.Email{To: []string{"a@example.org"}, Owner: true}
		if b.Window == 0 {
			b.Window = time.Minute
		}
		b.Hourly, b.Listed, b.RemindAfter, b.GiveUpAfter = 3, 5, 24*time.Hour, 24*time.Hour
		b.RetryMin, b.RetryMax, b.DigestAt = 30*time.Second, 30*time.Minute, 7*time.Hour
		blocks[i] = b
	}
	return &world{
		site: &config.Site{Name: "test", Notify: blocks}, days: 9, began: time.Now(), told: run.Told{Seq: -1, Digests: map[string]run.DigestDue{}},
		runs: map[string]run.Run{}, tasks: map[run.ID][]run.Task{}, deliveries: map[run.ID][]run.Delivery{}, arrivals: map[string]run.Arrival{},
	}
}

// story runs a notifier while do happens.
func story(t *testing.T, w *world, do func(n *Notifier)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	n := New()
	n.Store, n.Site, n.Logger = w, func() (site *config.Site) { w.set(func() { site = w.site }); return site }, hclog.NewNullLogger()
	n.Executor = func(string) string { return "no docker" }
	n.Disk = func(context.Context) (uint64, int, bool, error) { return 1 << 30, w.days, true, w.noDisk }
	n.Sender = func(_ context.Context, _ config.Notify, m run.Message) error {
		w.mu.Lock()
		w.asked++
		w.mu.Unlock()
		time.Sleep(w.taking)
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.refuse != nil {
			if err := w.refuse(m); err != nil {
				return err
			}
		}
		w.sent = append(w.sent, m)
		return nil
	}
	done := make(chan error)
	go func() { done <- n.Run(ctx) }()
	time.Sleep(5 * time.Second)
	do(n)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// set changes or reads how a world is.
func (w *world) set(do func()) { w.mu.Lock(); defer w.mu.Unlock(); do() }

// happens records an event.
func (w *world) happens(kind run.Kind, id, to string, of run.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, run.Event{Seq: int64(len(w.all)) + 1, At: time.Now(), Kind: kind, ID: id, State: to, Run: of})
}

// ends records a run that ended.
func (w *world) ends(id, flow string, to run.State, reason string) {
	w.mu.Lock()
	w.runs[id] = run.Run{ID: run.ID(id), Flow: flow, State: to, Reason: reason, Patient: "1234JD", Definition: []byte(`{"owner":"Ada <owner@example.org>"}`)}
	if to == run.Failed {
		w.tasks[run.ID(id)] = []run.Task{{Name: "seg", State: run.TaskFailed}}
	}
	w.mu.Unlock()
	w.happens(run.OfRun, id, string(to), "")
}

// texts are the titles of what was sent to an address, in their order.
func (w *world) texts(to string) (all []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.sent {
		if m.Recipient != to {
			continue
		}
		text := m.Content.Title
		for _, e := range m.Content.Events {
			text += "\n  " + e.Text
		}
		if m.Content.NotListed > 0 {
			text += fmt.Sprintf("\n  %d more", m.Content.NotListed)
		}
		all = append(all, text)
	}
	return all
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n--\n"), strings.Join(want, "\n--\n"))
	}
}

var errBroken = errors.New("disk full")

func (w *world) lock() (func(), error) {
	w.mu.Lock()
	if w.broken {
		w.mu.Unlock()
		return func() {}, errBroken
	}
	return w.mu.Unlock, nil
}

func (w *world) Events(context.Context) (int64, int64, error) {
	unlock, err := w.lock()
	defer unlock()
	return 1, int64(len(w.all)), err
}

func (w *world) EventsAfter(_ context.Context, seq int64, most int) ([]run.Event, error) {
	unlock, err := w.lock()
	defer unlock()
	if err != nil {
		return nil, err
	}
	return slices.Clone(w.all[seq:min(int(seq)+most, len(w.all))]), nil
}

func (w *world) Told(_ context.Context, after, until time.Time) (run.Told, error) {
	unlock, err := w.lock()
	defer unlock()
	t := w.told
	t.Troubles, t.Notices, t.Digests, t.Recent = slices.Clone(t.Troubles), slices.Clone(t.Notices), maps.Clone(t.Digests), map[[2]string]int{}
	for _, m := range w.messages {
		if m.Created.After(after) && !m.Created.After(until) && m.Content.Kind == "events" {
			t.Recent[[2]string{m.Notify, m.Owner}]++
		}
	}
	return t, err
}

func (w *world) Tell(_ context.Context, t run.Telling) error {
	unlock, err := w.lock()
	defer unlock()
	if err != nil {
		return err
	}
	w.told.Seq = t.Seq
	for _, gone := range slices.Concat(t.Recovered, t.Troubles) {
		w.told.Troubles = slices.DeleteFunc(w.told.Troubles, func(o run.Trouble) bool { return keyOf(o) == keyOf(gone) })
	}
	w.told.Troubles = append(w.told.Troubles, t.Troubles...)
	w.told.Notices = slices.DeleteFunc(w.told.Notices, func(n run.WaitingNotice) bool { return slices.Contains(t.Dropped, n.ID) })
	for _, n := range t.Notices {
		w.notices++
		n.ID = w.notices
		w.told.Notices = append(w.told.Notices, n)
	}
	maps.Copy(w.told.Digests, t.Digests)
	maps.DeleteFunc(w.told.Digests, func(_ string, d run.DigestDue) bool { return d.Due.IsZero() })
	for _, m := range t.Messages {
		m.State = run.MessagePending
		w.messages = append(w.messages, &m)
	}
	return nil
}

func (w *world) ForgetTold(context.Context) error { return nil }

func (w *world) Run(_ context.Context, id string) (run.Run, error) {
	unlock, err := w.lock()
	defer unlock()
	r, ok := w.runs[id]
	if err == nil && !ok {
		err = state.ErrNotFound
	}
	return r, err
}

func (w *world) Tasks(_ context.Context, id run.ID) ([]run.Task, error) {
	unlock, err := w.lock()
	defer unlock()
	return w.tasks[id], err
}

func (w *world) Deliveries(_ context.Context, id run.ID) ([]run.Delivery, error) {
	unlock, err := w.lock()
	defer unlock()
	return w.deliveries[id], err
}

func (w *world) Arrival(_ context.Context, id string) (run.Arrival, error) {
	unlock, err := w.lock()
	defer unlock()
	return w.arrivals[id], err
}

func (w *world) FlowDigests(context.Context, time.Time, time.Time) ([]run.FlowDigest, error) {
	unlock, err := w.lock()
	defer unlock()
	return []run.FlowDigest{{Flow: "lungs", Done: 7, Failed: 1}, {Flow: "brain", Done: 2}}, err
}

func (w *world) Backlog(context.Context) (b state.Backlog, err error) {
	unlock, err := w.lock()
	defer unlock()
	b.Arrivals = map[run.ArrivalState]int{run.ArrivalIncomplete: 2}
	b.Deliveries = []state.DeliveryBacklog{{Pending: 3, Oldest: time.Hour}}
	return b, err
}

func (w *world) PendingMessagesOf(context.Context) (map[string]int, error) {
	unlock, err := w.lock()
	defer unlock()
	all := make(map[string]int)
	for _, m := range w.messages {
		if m.State == run.MessagePending {
			all[m.Notify]++
		}
	}
	return all, err
}

func (w *world) DueMessages(_ context.Context, notify string, now time.Time, longest time.Duration) (all []run.Message, err error) {
	defer func() { time.Sleep(w.stale) }()
	unlock, err := w.lock()
	defer unlock()
	for _, m := range w.messages {
		if m.State == run.MessagePending && m.Notify == notify && (!m.NextTry.After(now) || m.NextTry.Sub(now) > longest) {
			all = append(all, *m)
		}
	}
	return all, err
}

func (w *world) EndMessage(_ context.Context, end run.MessageEnd) error {
	unlock, err := w.lock()
	defer unlock()
	if err == nil && w.endless {
		err = errBroken
	}
	if err != nil {
		return err
	}
	for _, m := range w.messages {
		if m.ID == end.ID {
			m.State, m.Reason, m.NextTry, m.Tries = end.State, end.Reason, end.Next, m.Tries+1
		}
	}
	return nil
}

func (w *world) ForgetMessages(_ context.Context, before time.Time, _ int) error {
	unlock, err := w.lock()
	defer unlock()
	w.messages = slices.DeleteFunc(w.messages, func(m *run.Message) bool { return m.State != run.MessagePending && m.Created.Before(before) })
	return err
}

func (w *world) Running() time.Duration { return time.Since(w.began) }

// inTime runs a story in a bubble of time.
func inTime(t *testing.T, do func(t *testing.T)) { t.Helper(); synctest.Test(t, do) }
