package agent

import (
	"context"
	"errors"
	"os"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
)

// An agent that stops does not wait for a reload that somebody else asked for:
// a plugin that is tried may take half a minute to answer.
func TestStopWhileAnotherReloads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read, answer := make(chan bool), make(chan bool)
		hangups := make(chan os.Signal, 1)
		a := &Agent{logger: hclog.NewNullLogger(), Hangups: hangups, reloading: make(chan struct{}, 1)}
		a.Reread = func() (*config.Site, error) {
			read <- true
			<-answer
			return nil, errors.New("a mistake")
		}
		asked := make(chan error)
		go func() {
			_, err := a.Reload(context.WithoutCancel(t.Context()), run.Actor{})
			asked <- err
		}()
		<-read
		ctx, stop := context.WithCancel(t.Context())
		stopped := make(chan error)
		go func() { stopped <- a.reloadAtHangups(ctx) }()
		hangups <- syscall.SIGHUP
		synctest.Wait() // for the other reload
		stop()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		answer <- true
		if err := <-asked; err == nil || err.Error() != "a mistake" {
			t.Errorf("the first reload: %v", err)
		}
	})
}
