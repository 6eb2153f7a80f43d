package deliver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/scu"
)

// world is what outlives a process: deliveries with their objects, and peers.
type world struct {
	mu         sync.Mutex
	deliveries []*run.Delivery
	objects    map[int64][]run.DeliveryObject
	faults     map[string]string   // of the next call of a name
	peers      map[string][]string // by host, how it behaves
	commits    map[string]string   // by host, how it commits; "": it is not asked
	asked      []asked             // transactions, oldest first
	events     []string
	began      time.Time
	told       []string // of ends of tries and commitments
	pauses     map[run.Destination]pauseOf
}

func newWorld() *world {
	return &world{objects: map[int64][]run.DeliveryObject{}, faults: map[string]string{}, peers: map[string][]string{}, commits: map[string]string{}, began: time.Now(), pauses: map[run.Destination]pauseOf{}}
}

// pauseOf is that a destination took no association.
type pauseOf struct {
	missed int
	until  time.Time
}

// now is a delivery as the store gives it.
func (w *world) now(d *run.Delivery) run.Delivery {
	pause, now := w.pauses[d.Destination], *d
	if now.Missed = pause.missed; pause.until.After(now.NextTry) {
		now.NextTry = pause.until
	}
	return now
}

func (w *world) log(format string, args ...any) {
	w.events = append(w.events, strings.TrimSuffix(fmt.Sprintf(format, args...), ": ")+"\n")
}

func (w *world) happened() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.events) > 0
}

func (w *world) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	events := w.events
	w.events = nil
	return events
}

func (w *world) add(d run.Delivery) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deliveries = append(w.deliveries, &d)
}

func (w *world) fault(call, fault string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults[call] = fault
}

func (w *world) behave(peer string, how []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.peers[peer] = how
}

func (w *world) find(id int64) *run.Delivery {
	return w.deliveries[slices.IndexFunc(w.deliveries, func(d *run.Delivery) bool { return d.ID == id })]
}

// over ends the time of a delivery: it began more than a day of running ago.
func (w *world) over(id int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.find(id).Since = time.Since(w.began) - 25*time.Hour
}

// recorded has a delivery's next try recorded by a clock that was wrong by so much.
func (w *world) recorded(id int64, wrong time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.find(id).NextTry = w.find(id).NextTry.Add(wrong)
}

func (w *world) set(id int64, to run.DeliveryState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.find(id).State = to
}

// abandon abandons the open deliveries of a run.
func (w *world) abandon(of run.ID) (ids []int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range w.deliveries {
		if d.Run == of && !d.State.Final() {
			d.State = run.DeliveryAbandoned
			ids = append(ids, d.ID)
		}
	}
	return ids
}

// move changes the state of a delivery as the table allows it.
func (w *world) move(id int64, to run.DeliveryState) error {
	d := w.find(id)
	if !slices.Contains(d.State.Next(), to) {
		return &run.StateError{Thing: "delivery", ID: fmt.Sprint(id), From: string(d.State), To: string(to)}
	}
	d.State = to
	return nil
}

// process is how one process sees the world.
type process struct {
	*world
	deliverer *Deliverer
	end       context.CancelFunc
	dead      bool
}

func (p *process) die() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dead = true
}

var errDead = errors.New("the process has ended")

// call is a call of the store: do is applied unless the process has ended or
// the call fails.
func (p *process) call(ctx context.Context, name string, do func() error) error {
	p.mu.Lock()
	fault := p.faults[name]
	delete(p.faults, name)
	switch {
	case fault == "fail":
		p.log("%s: no space left on device", name)
		p.mu.Unlock()
		return syscall.ENOSPC
	case fault == "crash":
		p.dead = true
		p.log("%s: crash", name)
		p.mu.Unlock()
		p.end()
		return errDead
	}
	defer p.mu.Unlock()
	if p.dead || ctx.Err() != nil {
		return errDead
	}
	if fault == "late" && name != "NextTries" {
		p.sleep()
	}
	err := do()
	if fault == "late" && name == "NextTries" { // the answer is old when it comes
		p.sleep()
	}
	return err
}

func (p *process) sleep() {
	p.mu.Unlock()
	time.Sleep(time.Second)
	p.mu.Lock()
}

// NextTries returns of each destination the first and the last that is pending.
func (p *process) NextTries(ctx context.Context) (open []run.Delivery, err error) {
	err = p.call(ctx, "NextTries", func() error {
		pending := map[run.Destination][]run.Delivery{}
		for _, d := range p.deliveries {
			switch d.State {
			case run.DeliveryPending:
				pending[d.Destination] = append(pending[d.Destination], p.now(d))
			case run.DeliverySending:
				open = append(open, *d)
			}
		}
		for _, all := range pending {
			slices.SortFunc(all, byNextTry)
			open = append(open, all[0])
			if last := all[len(all)-1]; last.ID != all[0].ID {
				open = append(open, last)
			}
		}
		slices.SortFunc(open, byNextTry)
		return nil
	})
	return open, err
}

func byNextTry(a, b run.Delivery) int {
	return cmp.Or(a.NextTry.Compare(b.NextTry), cmp.Compare(a.Tries, b.Tries), cmp.Compare(a.ID, b.ID))
}

func (p *process) Running() time.Duration { return time.Since(p.began) }

func (p *process) BeginTry(ctx context.Context, id int64) error {
	return p.call(ctx, "BeginTry", func() error {
		err := p.move(id, run.DeliverySending)
		if err == nil {
			p.find(id).Tries++
			p.log("%d: sending", id)
		}
		return err
	})
}

func (p *process) EndTry(ctx context.Context, end run.TryEnd, decide run.Finish) error {
	return p.call(ctx, "EndTry", func() error {
		return p.ends(end, decide)
	})
}

func (p *process) ends(end run.TryEnd, decide run.Finish) error {
	if err := p.move(end.Delivery, end.State); err != nil {
		return err
	}
	d := p.find(end.Delivery)
	d.Reason, d.NextTry = end.Reason, end.Next
	if d.State == run.DeliveryUncommitted && d.UncommittedSince == 0 {
		d.UncommittedSince = max(1, time.Since(p.began))
	}
	switch {
	case end.Missed > 0:
		p.pauses[d.Destination] = pauseOf{end.Missed, end.Next}
	case end.Reached:
		delete(p.pauses, d.Destination)
	}
	p.log("%d: %s: %s", d.ID, d.State, d.Reason)
	if !end.State.Final() {
		return nil
	}
	var all []run.Delivery
	for _, other := range p.deliveries {
		if other.Run == d.Run {
			all = append(all, *other)
		}
	}
	if state, reason := decide(all); state != "" {
		p.log("%s: %s: %s", d.Run, state, reason)
	}
	return nil
}

func (p *process) DeliveryObjects(ctx context.Context, id int64) (objects []run.DeliveryObject, listed bool, err error) {
	err = p.call(ctx, "DeliveryObjects", func() error {
		objects, listed = slices.Clone(p.objects[id]), p.objects[id] != nil
		return nil
	})
	return objects, listed, err
}

func (p *process) ListObjects(ctx context.Context, id int64, objects []run.DeliveryObject) error {
	return p.call(ctx, "ListObjects", func() error {
		p.objects[id] = slices.Clone(objects)
		p.log("%d: lists %d files", id, len(objects))
		return nil
	})
}

func (p *process) SetResults(ctx context.Context, results []run.DeliveryObject) error {
	return p.call(ctx, "SetResults", func() error {
		p.results(results)
		return nil
	})
}

func (p *process) results(results []run.DeliveryObject) {
	for _, result := range results {
		known := p.objects[result.Delivery]
		i := slices.IndexFunc(known, func(o run.DeliveryObject) bool { return o.File == result.File })
		known[i] = result
		p.log("%d: %s is %s", result.Delivery, filepath.Base(result.File), result.State)
	}
}

func (p *process) Line(to run.Destination) string { return to.Host }

// Send is a peer that behaves as it was told.
func (p *process) Send(ctx context.Context, to run.Destination, files Files, report scu.Report) error {
	p.mu.Lock()
	how := append(slices.Clone(p.peers[to.Host]), "", "")
	var names []string
	for _, file := range files.List {
		names = append(names, filepath.Base(file.Name))
	}
	i := slices.IndexFunc(p.deliveries, func(d *run.Delivery) bool { return d.Destination == to && d.State == run.DeliverySending })
	id := int64(0) // no delivery that is sent now
	if i >= 0 {
		id = p.deliveries[i].ID
	}
	p.log("%d: to %s: %s", id, to.Host, cmp.Or(strings.Join(names, " "), "nothing"))
	p.mu.Unlock()
	switch how[0] {
	case "down":
		return &scu.NoAssociationError{Cause: errors.New("connection refused")}
	case "rejects":
		return errors.New("association rejected")
	case "hangs":
		<-ctx.Done()
		return ctx.Err()
	case "slow":
		time.Sleep(500 * time.Millisecond)
	}
	for i, name := range names {
		outcome := scu.Outcome{Sent: true}
		switch {
		case how[1] != name:
		case how[0] == "stalls":
			<-ctx.Done()
			return ctx.Err()
		case how[0] == "breaks":
			outcome = scu.Outcome{Broke: true, Retryable: true, Reason: "the association broke"}
		case how[0] == "busy":
			outcome = scu.Outcome{Retryable: true, Status: dimse.OutOfResources, Reason: "the peer answered A700"}
		case how[0] == "refuses":
			outcome = scu.Outcome{Status: dimse.CannotUnderstand, Reason: "the peer answered C000"}
		}
		if err := report.Result(i, outcome); err != nil {
			return err
		}
	}
	if how[0] == "lingers" { // and does not answer the release
		defer time.Sleep(30 * time.Second)
	}
	return report.Answered()
}
