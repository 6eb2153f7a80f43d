package events

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/run"
)

// book keeps events as words, unless it is broken.
type book struct {
	words   []string
	broken  error
	dropped time.Time // before
}

func (b *book) AddEvents(_ context.Context, all []run.Event) error {
	if b.broken != nil {
		return b.broken
	}
	for _, e := range all {
		b.words = append(b.words, string(e.Kind)+" "+e.ID+" "+e.State)
	}
	return nil
}

func (b *book) DropEvents(_ context.Context, before time.Time, _ int) (int64, error) {
	b.dropped = before
	return 0, nil
}

func TestRecorder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		b := &book{}
		executors, flows := map[string]string{"docker": "healthy "}, map[string]string{"seg@1": "enabled d1"}
		r := Recorder{
			Book: b, Executors: func() map[string]string { return executors }, Flows: func() map[string]string { return flows }, Logger: hclog.NewNullLogger(),
		}
		ended := make(chan error)
		go func() { ended <- r.Run(ctx) }()
		says := func(want ...string) {
			t.Helper()
			time.Sleep(3 * time.Second)
			synctest.Wait()
			if diff := cmp.Diff(want, b.words); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			b.words = nil
		}
		says("executor docker healthy", "flow seg@1 enabled")
		says()
		executors = map[string]string{"docker": "unhealthy no answer", "slurm": "healthy "}
		says("executor docker unhealthy", "executor slurm healthy")
		b.broken = errors.New("the disk is full")
		flows = map[string]string{"seg@1": "enabled d2"}
		says()
		b.broken = nil
		says("flow seg@1 enabled")
		executors = map[string]string{"docker": "unhealthy no answer"}
		says("executor slurm removed")
		if age := time.Since(b.dropped); age < 24*time.Hour || age > 25*time.Hour {
			t.Errorf("events are kept for %s", age)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
