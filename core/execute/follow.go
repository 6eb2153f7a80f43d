package execute

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/logs"
	"github.com/raddeploy/raddeploy/sdk"
)

// logPatience is how long the end of the output is waited for after the exit.
const logPatience = 30 * time.Second

// follower copies what an attempt prints into our own files while it runs, so
// that it can be read when the runtime has forgotten it.
type follower struct {
	engine *Engine
	job    Job
	log    hclog.Logger
	ctx    context.Context
	cancel context.CancelFunc
	once   sync.Once
	done   sync.WaitGroup
}

func (e *Engine) follow(ctx context.Context, job Job, log hclog.Logger) *follower {
	f := &follower{engine: e, job: job, log: log}
	f.ctx, f.cancel = context.WithCancel(ctx)
	return f
}

// start begins to copy both streams. Calling it again is a no-op.
func (f *follower) start() {
	f.once.Do(func() {
		f.done.Go(func() { f.copy(sdk.Stdout, "stdout") })
		f.done.Go(func() { f.copy(sdk.Stderr, "stderr") })
	})
}

// finish waits until all output is copied.
func (f *follower) finish(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		f.done.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(logPatience):
		f.log.Warn("giving up on the rest of the logs", "after", logPatience)
	case <-ctx.Done():
	}
}

// stop ends the copying and waits for it.
func (f *follower) stop() {
	f.cancel()
	f.done.Wait()
}

// copy copies one stream to its end, going on where it stopped whenever the
// executor was away.
func (f *follower) copy(stream sdk.Stream, name string) {
	writer, err := logs.Append(f.engine.Layout.Log(f.job.Run.ID, f.job.Attempt.Task, f.job.Attempt.Number, name))
	if err != nil {
		f.log.Error("logs are not kept", "stream", name, "error", err)
		return
	}
	defer writer.Close()
	for tries := 1; ; tries++ {
		request := sdk.LogRequest{Stream: stream, After: sdk.Cursor(writer.Cursor()), Follow: true}
		err := f.job.Executor.Logs(f.ctx, f.job.id(), request, func(chunk sdk.LogChunk) error {
			tries = 1
			when := chunk.Time
			if when.IsZero() {
				when = time.Now()
			}
			return writer.Write(logs.Frame{Time: when, Data: chunk.Data, Cursor: string(chunk.Next)})
		})
		if err == nil || f.ctx.Err() != nil || sdk.KindOf(err) == sdk.Unimplemented {
			return
		}
		if !sdk.KindOf(err).Retryable() {
			f.log.Warn("logs end early", "stream", name, "error", err)
			return
		}
		if wake.Sleep(f.ctx, backoff.After(tries)) != nil {
			return
		}
	}
}
