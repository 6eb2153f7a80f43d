package access

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
)

// ledger is a store in memory that can fail.
type ledger struct {
	mu       sync.Mutex
	contacts map[contactKey]int64
	writes   int
	broken   bool
}

func (l *ledger) AddContacts(_ context.Context, contacts []run.Contact) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken {
		return errors.New("broken")
	}
	l.writes++
	for _, c := range contacts {
		l.contacts[contactKey{c.Sender, c.Outcome, c.Detail}] += c.Count
	}
	return nil
}

func (l *ledger) Contacts(context.Context) ([]run.Contact, error) { return nil, nil }

func (l *ledger) mend(broken bool) { l.mu.Lock(); l.broken = broken; l.mu.Unlock() }

// However many associations come, and whether or not they can be recorded at
// once, each counts, in few writes.
func TestRegister(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &ledger{contacts: map[contactKey]int64{}, broken: true}
		r := NewRegister()
		r.Store, r.Logger = store, hclog.NewNullLogger()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- r.Run(ctx) }()

		address := netip.MustParseAddrPort("10.1.0.7:4711")
		for range 1000 {
			r.Rejected(&dimse.AssociateRequest{CallingAE: "CT1", CalledAE: "X", RemoteAddr: address}, "why")
		}
		time.Sleep(5 * time.Second) // in which every try fails
		store.mend(false)
		time.Sleep(5 * time.Second)
		writes := store.writes
		r.Accepted(&dimse.Association{CallingAE: "CT1", CalledAE: "RAD", RemoteAddr: address, Refused: []dcm.UID{"1.2.3", "no UID"}})
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		called := func(title dcm.AETitle) run.Sender {
			return run.Sender{CallingAE: "CT1", CalledAE: title, Address: "10.1.0.7"}
		}
		want := map[contactKey]int64{
			{called("X"), run.Rejected, "why"}: 1000, {called("RAD"), run.Accepted, ""}: 1, {called("RAD"), run.Refused, "1.2.3"}: 1,
		}
		if diff := cmp.Diff(want, store.contacts, cmp.AllowUnexported(contactKey{})); diff != "" {
			t.Errorf("recorded (-want +got):\n%s", diff)
		}
		if writes > 2 {
			t.Errorf("1,000 rejections took %d writes", writes)
		}
	})
}

// Titles that somebody makes up take no memory without end.
func TestRegisterIsBounded(t *testing.T) {
	r := NewRegister()
	for i := range 3 * mostPending {
		r.Rejected(&dimse.AssociateRequest{CallingAE: dcm.AETitle(string(rune('A'+i%26)) + time.Duration(i).String())}, "why")
	}
	if n := len(r.take()); n != mostPending {
		t.Errorf("%d contacts wait, want %d", n, mostPending)
	}
}
