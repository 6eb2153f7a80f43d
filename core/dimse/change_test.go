package dimse_test

import (
	"crypto/tls"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dimse"
)

// rejection dials and returns why the association was rejected; nil: it was not.
func rejection(t *testing.T, addr string, d *dimse.Dialer) *dimse.Reject {
	t.Helper()
	c, err := d.Dial(t.Context(), addr, storage())
	var rejected *dimse.RejectedError
	switch {
	case errors.As(err, &rejected):
		return &rejected.Reject
	case err != nil:
		t.Fatal(err)
	}
	c.Abort()
	return nil
}

// Other limits hold for new connections at once. An association that is open
// goes on as it was established.
func TestLimitsChangeWhileServing(t *testing.T) {
	r := newRecorder()
	s := &dimse.Server{NewSession: r.NewSession, IdleTimeout: time.Minute}
	addr := serve(t, s)
	open := dial(t, &dimse.Dialer{CallingAE: "CT1"}, addr, storage())
	nobody := func(*dimse.AssociateRequest) *dimse.Reject { return dimse.CallingAENotRecognized() }
	s.Change(dimse.Limits{Admit: nobody})
	if got := rejection(t, addr, &dimse.Dialer{CallingAE: "CT1"}); got == nil || *got != *dimse.CallingAENotRecognized() {
		t.Errorf("a peer that is no longer named: %v", got)
	}
	s.Change(dimse.Limits{MaxAssociations: 1})
	if got := rejection(t, addr, &dimse.Dialer{}); got == nil || *got != *dimse.LocalLimitExceeded() {
		t.Errorf("one more than the new limit: %v", got)
	}
	ours := newIdentity(t)
	s.Change(dimse.Limits{TLS: &tls.Config{Certificates: []tls.Certificate{ours.pair}}})
	if got := rejection(t, addr, &dimse.Dialer{TLS: &tls.Config{RootCAs: ours.pool}}); got != nil {
		t.Errorf("secured, with the new limits: %v", got)
	}
	if status, err := open.Store(t.Context(), message(1, 1<<20)); err != nil || !status.Success() {
		t.Errorf("store on the open association: %v, %v", status, err)
	}
	if err := open.Release(t.Context()); err != nil {
		t.Errorf("release of the open association: %v", err)
	}
}

// Changes while associations come and go, for the race detector.
func TestLimitsChangeWhileOthersCome(t *testing.T) {
	r := newRecorder()
	s := &dimse.Server{NewSession: r.NewSession}
	addr := serve(t, s)
	var all sync.WaitGroup
	all.Go(func() {
		for n := range 200 {
			s.Change(dimse.Limits{MaxPDU: 16384 + 1024*n, MaxAssociations: 50})
		}
	})
	for range 4 {
		all.Go(func() {
			for range 5 {
				c, err := new(dimse.Dialer).Dial(t.Context(), addr, storage())
				if err != nil {
					t.Error(err)
					return
				}
				if status, err := c.Store(t.Context(), message(1, 100<<10)); err != nil || !status.Success() {
					t.Errorf("store: %v, %v", status, err)
				}
				c.Abort()
			}
		})
	}
	all.Wait()
}
