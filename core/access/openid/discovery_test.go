package openid

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/raddeploy/raddeploy/core/config"
)

// A provider that is silent holds nobody for longer than one answer may take, however
// many want to log in, and each can leave.
func TestSilentProvider(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		d := discovery{read: func(context.Context) (*oidc.Provider, error) {
			asked++
			time.Sleep(timeout)
			return nil, errors.New("no answer")
		}}
		began := time.Now()
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if _, err := d.provider(t.Context()); err == nil {
					t.Error("it answers")
				}
			})
		}
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := d.provider(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
				t.Errorf("who leaves after a second: %v after %s", err, time.Since(began))
			}
		})
		all.Wait()
		if took := time.Since(began); took != timeout || asked != 1 {
			t.Errorf("100 logins took %s and asked %d times", took, asked)
		}
		if _, err := d.provider(t.Context()); err == nil || time.Since(began) != timeout {
			t.Errorf("right after that: %v after %s", err, time.Since(began))
		}
		time.Sleep(again)
		d.read = func(context.Context) (*oidc.Provider, error) { return &oidc.Provider{}, nil }
		if found, err := d.provider(t.Context()); err != nil || found == nil {
			t.Errorf("when it answers: %v", err)
		}
	})
}

// The same with a real listener that takes connections and says nothing: one who
// waits does not hold another who leaves.
func TestSilentListener(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	p, err := New(config.OIDC{Issuer: "http://" + listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	waiting, leave := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, _, err := p.Begin(waiting)
		ended <- err
	}()
	if _, err := listener.Accept(); err != nil { // the first is being answered, or rather not
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := p.Begin(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("who has left: %v", err)
	}
	select {
	case err := <-ended:
		t.Errorf("the first one was not waiting any more: %v", err)
	default:
	}
	leave()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("who leaves: %v", err)
	}
}
