package access

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/run"
)

// Contacts records what peers asked for, and what came of it.
type Contacts interface {
	AddContacts(ctx context.Context, contacts []run.Contact) error
	Contacts(ctx context.Context) ([]run.Contact, error)
}

// Register counts the associations that peers asked for. Its loop records the
// counts, however many there are, once in an interval.
type Register struct {
	Store  Contacts
	Logger hclog.Logger
	// Interval is the shortest time between two records; 0: a second.
	Interval time.Duration

	wake    wake.Signal
	mu      sync.Mutex
	pending map[contactKey]run.Contact
}

// contactKey is what makes two contacts one.
type contactKey struct {
	sender  run.Sender
	outcome run.Outcome
	detail  string
}

// mostPending bounds the contacts that wait to be recorded; more are not counted.
const mostPending = 1000

// NewRegister returns a register. Its fields are set before Run.
func NewRegister() *Register { return &Register{wake: wake.NewSignal()} }

// Accepted counts an association that was accepted, and what of it was refused.
func (r *Register) Accepted(a *dimse.Association) {
	sender := SenderOf(a.CallingAE, a.CalledAE, a.RemoteAddr)
	r.add(sender, run.Accepted, "")
	for _, uid := range a.Refused {
		if uid.Valid() {
			r.add(sender, run.Refused, string(uid))
		}
	}
}

// AskedCommitment counts a request for storage commitment.
func (r *Register) AskedCommitment(by run.Sender) {
	r.add(by, run.Asked, string(dcm.StorageCommitment))
}

// Rejected counts an association that was rejected. It is [dimse.Server]'s hook.
func (r *Register) Rejected(rq *dimse.AssociateRequest, reason string) {
	r.add(SenderOf(rq.CallingAE, rq.CalledAE, rq.RemoteAddr), run.Rejected, reason)
}

func (r *Register) add(sender run.Sender, outcome run.Outcome, detail string) {
	now := time.Now()
	r.put([]run.Contact{{Sender: sender, Outcome: outcome, Detail: detail, First: now, Last: now, Count: 1}})
	r.wake.Wake()
}

// put adds contacts to those that wait to be recorded.
func (r *Register) put(contacts []run.Contact) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pending == nil {
		r.pending = map[contactKey]run.Contact{}
	}
	for _, c := range contacts {
		key := contactKey{c.Sender, c.Outcome, c.Detail}
		if before, known := r.pending[key]; known {
			c.First, c.Count = before.First, c.Count+before.Count
			if before.Last.After(c.Last) { // c could not be recorded, and waits again
				c.Last = before.Last
			}
		} else if len(r.pending) >= mostPending {
			continue
		}
		r.pending[key] = c
	}
}

// take returns those that wait to be recorded, which then wait no more.
func (r *Register) take() []run.Contact {
	r.mu.Lock()
	defer r.mu.Unlock()
	contacts := make([]run.Contact, 0, len(r.pending))
	for _, c := range r.pending {
		contacts = append(contacts, c)
	}
	r.pending = nil
	return contacts
}

// record records what waits.
func (r *Register) record(ctx context.Context) error {
	contacts := r.take()
	if len(contacts) == 0 {
		return nil
	}
	err := r.Store.AddContacts(ctx, contacts)
	if err != nil {
		r.put(contacts)
	}
	return err
}

// List returns what is known of peers, up to this moment, newest first.
func (r *Register) List(ctx context.Context) ([]run.Contact, error) {
	if err := r.record(ctx); err != nil {
		return nil, err
	}
	return r.Store.Contacts(ctx)
}

// Run records what comes until ctx ends, and then what is left. An interval
// passes before each record, so that it holds up no association that begins.
func (r *Register) Run(ctx context.Context) error {
	for {
		select {
		case <-r.wake:
		case <-ctx.Done():
		}
		if err := wake.Sleep(ctx, cmp.Or(r.Interval, time.Second)); err != nil {
			return r.record(context.WithoutCancel(ctx))
		}
		if err := r.record(ctx); err != nil && ctx.Err() == nil {
			r.Logger.Error("what peers asked for is not recorded; retrying", "error", err)
			r.wake.Wake()
		}
	}
}
