package commit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/core/commitment"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
)

// row is a request with its instances.
type row struct {
	run.Commitment
	refs   []run.Reference
	failed []run.Uncommitted
}

// world is what outlives a process: requests, objects, and peers.
type world struct {
	mu     sync.Mutex
	rows   []*row
	stored []run.Stored
	files  map[string]error  // why a file is not intact; nil: it is
	left   bool              // an earlier agent left associations that are not recovered
	faults map[string]string // of the next call of a name
	peers  map[dcm.AETitle]string
	events []string
	began  time.Time
}

func newWorld() *world {
	return &world{files: map[string]error{}, faults: map[string]string{}, peers: map[dcm.AETitle]string{}, began: time.Now()}
}

func (w *world) log(format string, args ...any) {
	w.events = append(w.events, strings.TrimSuffix(fmt.Sprintf(format, args...), ": ")+"\n")
}

func (w *world) happened() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.events) > 0
}

func (w *world) find(id int64) *row {
	return w.rows[slices.IndexFunc(w.rows, func(r *row) bool { return r.ID == id })]
}

func (w *world) move(r *row, to run.CommitmentState, also []run.CommitmentState) error {
	if !slices.Contains(append(to.Before(), also...), r.State) {
		return &run.StateError{Thing: "commitment", ID: fmt.Sprint(r.ID), From: string(r.State), To: string(to)}
	}
	r.State = to
	return nil
}

// process is how one process sees the world.
type process struct {
	*world
	committer *Committer
	end       context.CancelFunc
	dead      bool
}

var (
	errDead    = errors.New("the process has ended")
	errDamaged = errors.New("damaged")
)

// call is a call of the store: do is applied unless the process has ended or the
// call fails.
func (p *process) call(ctx context.Context, name string, do func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	fault := p.faults[name]
	delete(p.faults, name)
	switch {
	case fault == "fail":
		p.log("%s: no space left on device", name)
		return syscall.ENOSPC
	case fault == "crash":
		p.dead = true
		p.log("%s: crash", name)
		p.end()
		return errDead
	case p.dead || ctx.Err() != nil:
		return errDead
	}
	err := do()
	if fault == "late" {
		p.mu.Unlock()
		time.Sleep(time.Second)
		p.mu.Lock()
	}
	return err
}

func (p *process) Running() time.Duration { return time.Since(p.began) }

func (p *process) AskCommitment(ctx context.Context, c run.Commitment, refs []run.Reference, decide run.AskCommitment) (id int64, err error) {
	err = p.call(ctx, "AskCommitment", func() error {
		var before *row
		ofPeer, all := 0, 0
		for _, r := range p.rows {
			if r.Peer.Same(c.Peer) && r.Transaction == c.Transaction {
				before = r
			}
			if !r.State.Final() {
				all++
				if r.Peer.Same(c.Peer) {
					ofPeer++
				}
			}
		}
		if before == nil {
			if _, err := decide(nil, false, ofPeer, all); err != nil {
				return err
			}
			id = int64(len(p.rows) + 1)
			c.ID, c.State, c.Instances = id, run.CommitmentAsked, len(refs)
			p.rows = append(p.rows, &row{Commitment: c, refs: refs})
			p.log("%d: asked", id)
			return nil
		}
		id = before.ID
		record, err := decide(&before.Commitment, slices.Equal(before.refs, refs), ofPeer, all)
		if err != nil || !record {
			return err
		}
		before.Asked, before.Since, before.NextTry, before.Tries = c.Asked, c.Since, time.Time{}, 0
		p.log("%d: asked again", id)
		return p.move(before, run.CommitmentAsked, run.CommitmentAsked.Reopens())
	})
	return id, err
}

func (p *process) OpenCommitments(ctx context.Context) (open []run.Commitment, err error) {
	err = p.call(ctx, "OpenCommitments", func() error {
		for _, r := range p.rows {
			if !r.State.Final() {
				open = append(open, r.Commitment)
			}
		}
		return nil
	})
	return open, err
}

func (p *process) CommitmentInstances(ctx context.Context, id int64) (refs []run.Reference, failed []run.Uncommitted, err error) {
	err = p.call(ctx, "CommitmentInstances", func() error {
		refs, failed = p.find(id).refs, p.find(id).failed
		return nil
	})
	return refs, failed, err
}

func (p *process) DecideCommitment(ctx context.Context, d run.Decided) error {
	return p.call(ctx, "DecideCommitment", func() error {
		r := p.find(d.ID)
		r.failed, r.NextTry = d.Failed, d.At
		p.log("%d: decided: %d of %d, by arrival %v", r.ID, len(r.refs)-len(d.Failed), len(r.refs), d.Arrivals)
		return p.move(r, run.CommitmentDecided, nil)
	})
}

func (p *process) EndReport(ctx context.Context, end run.CommitmentEnd) error {
	return p.call(ctx, "EndReport", func() error {
		r := p.find(end.ID)
		if end.State == run.CommitmentDecided {
			r.Tries, r.NextTry = r.Tries+1, end.Next
		} else if err := p.move(r, end.State, nil); err != nil {
			return err
		}
		p.log("%d: %s: %s", r.ID, end.State, end.Reason)
		return nil
	})
}

func (p *process) ForgetCommitments(ctx context.Context, before time.Time, _ int) (bool, error) {
	return true, p.call(ctx, "ForgetCommitments", func() error { return nil })
}

func (p *process) Stored(ctx context.Context, instances []dcm.UID) (found []run.Stored, err error) {
	err = p.call(ctx, "Stored", func() error {
		for _, s := range p.stored {
			if slices.Contains(instances, s.SOPInstanceUID) {
				found = append(found, s)
			}
		}
		return nil
	})
	return found, err
}

func (p *process) Associations(ctx context.Context) (open []run.Content, err error) {
	err = p.call(ctx, "Associations", func() error {
		if p.left {
			open = []run.Content{{Arrival: "left"}}
		}
		return nil
	})
	return open, err
}

func (p *process) Record(ctx context.Context) error {
	return p.call(ctx, "Record", func() error { return nil })
}

func (p *process) Open(id run.ArrivalID) bool { return id != "left" }

func (p *process) Intact(file string) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch err := p.files[file]; {
	case errors.Is(err, errDamaged):
		return false, nil
	case err != nil:
		return false, err
	}
	return true, nil
}

// ReportTo is a peer that behaves as it was told.
func (p *process) ReportTo(ctx context.Context, to run.Sender, r commitment.Result) (dimse.Answer, error) {
	return p.takes("to "+string(to.CallingAE), p.peers[to.CallingAE], r)
}

func (p *process) takes(where, how string, r commitment.Result) (dimse.Answer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var failed []string
	for _, f := range r.Failed {
		failed = append(failed, fmt.Sprintf("%s %04X", f.SOPInstanceUID, f.Reason))
	}
	p.log("report %s of %s: %d committed, not %s", where, r.Transaction, len(r.Committed), cmp.Or(strings.Join(failed, ", "), "any"))
	switch how {
	case "down":
		return dimse.Answer{}, errors.New("connection refused")
	case "slow":
		p.mu.Unlock()
		time.Sleep(500 * time.Millisecond)
		p.mu.Lock()
	case "busy":
		return dimse.Answer{Status: dimse.ProcessingFailure}, nil
	case "refuses":
		return dimse.Answer{Status: dimse.InvalidArgument, Comment: "unknown transaction"}, nil
	}
	return dimse.Answer{}, nil
}

// same is an association on which a request was asked.
type same struct {
	*process
	mu    sync.Mutex
	last  time.Time // when its peer sent something
	ended bool
	how   string
}

func (s *same) Quiet() (time.Duration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Since(s.last), !s.ended
}

func (s *same) Report(_ context.Context, r commitment.Result) (dimse.Answer, error) {
	if s.how == "breaks" {
		return dimse.Answer{}, dimse.ErrReleased
	}
	return s.takes("on the same", s.how, r)
}

// errors of files, by what a story calls them
var fileErrors = map[string]error{"missing": fs.ErrNotExist, "damaged": errDamaged, "unreadable": syscall.EIO}
