package execute

import (
	"context"
	"sync/atomic"
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
	engine  *Engine
	job     *Job
	log     hclog.Logger
	agent   context.Context // ends with the agent
	ctx     context.Context // ends with the agent, or when the rest is given up
	cancel  context.CancelFunc
	started bool
	copies  int           // that have not been seen to end
	ended   chan struct{} // one of them has
	printed atomic.Bool   // there is output, of this try or of before
}

func (e *Engine) follow(ctx context.Context, job *Job, log hclog.Logger) *follower {
	f := &follower{engine: e, job: job, log: log, agent: ctx, ended: make(chan struct{}, 2)}
	f.ctx, f.cancel = context.WithCancel(ctx)
	return f
}

// start begins to copy both streams. Calling it again is a no-op.
func (f *follower) start() {
	if f.started {
		return
	}
	f.started = true
	f.begin(sdk.Stdout, "stdout")
	f.begin(sdk.Stderr, "stderr")
}

func (f *follower) begin(stream sdk.Stream, name string) {
	f.copies++
	go func() {
		f.copy(stream, name)
		f.ended <- struct{}{}
	}()
}

// finish waits until all output is copied.
func (f *follower) finish(ctx context.Context) {
	timer := time.NewTimer(logPatience)
	defer timer.Stop()
	for ; f.copies > 0; f.copies-- {
		select {
		case <-f.ended:
		case <-timer.C:
			f.log.Warn("giving up on the rest of the logs", "after", logPatience)
			return
		case <-ctx.Done():
			return
		}
	}
}

// stop ends the copying and waits for it.
func (f *follower) stop() {
	f.cancel()
	for ; f.copies > 0; f.copies-- {
		<-f.ended
	}
}

// writer goes on behind what an earlier agent copied, if there was one.
func (f *follower) writer(path string) (*logs.Writer, error) {
	if !f.job.Resumed {
		return logs.New(path), nil
	}
	return logs.Append(path)
}

// copy copies one stream to its end, going on where it stopped whenever the
// executor was away. What is too much of it is read all the same, and counted.
func (f *follower) copy(stream sdk.Stream, name string) {
	writer, err := f.writer(f.engine.Layout.Log(f.job.Run.ID, f.job.Attempt.Task, f.job.Attempt.Number, name))
	if err != nil {
		f.log.Error("logs are not kept", "stream", name, "error", err)
		return
	}
	defer writer.Close()
	kept := &logs.Bounded{Writer: writer, Limit: f.engine.LogSize, Room: f.engine.Reserve.CheckSpare, Lost: func(why error) {
		f.log.Warn("what the task prints is not kept any more", "stream", name, "reason", why)
	}}
	defer func() {
		if f.agent.Err() == nil { // else the next agent goes on
			kept.End()
		}
	}()
	if writer.Cursor() != "" {
		f.printed.Store(true)
	}
	for tries := 1; ; tries++ {
		request := sdk.LogRequest{Stream: stream, After: sdk.Cursor(kept.Cursor()), Follow: true}
		err := f.job.Executor.Logs(f.ctx, f.job.id(), request, func(chunk sdk.LogChunk) error {
			tries = 1
			when := chunk.Time
			if when.IsZero() {
				when = time.Now()
			}
			f.printed.Store(true)
			kept.Write(logs.Frame{Time: when, Data: chunk.Data, Cursor: string(chunk.Next)})
			return nil
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
