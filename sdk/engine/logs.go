package engine

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// lookAgain is how often output that is followed is looked at.
const lookAgain = 100 * time.Millisecond

// Logs implements [sdk.LogReader].
func (e *Executor) Logs(ctx context.Context, id sdk.AttemptID, request sdk.LogRequest, emit func(sdk.LogChunk) error) error {
	a, err := e.find(ctx, id, nil)
	if err != nil {
		return err
	}
	doing := "logs of attempt " + string(id)
	now := a.View()
	for request.Follow && !now.Running && now.Exit == nil {
		select {
		case <-now.Changed:
		case <-ctx.Done():
			return asError(ctx.Err(), doing)
		}
		now = a.View()
	}
	c, made := a.current()
	if !made || !now.Running {
		return nil // there is no process, so there is no output
	}
	var refused error // what emit returned
	forward := func(chunk sdk.LogChunk) error {
		request.After = chunk.Next
		refused = emit(chunk)
		return refused
	}
	for {
		over := a.View().Exit != nil
		err := e.engine.Logs(ctx, c, LogRequest{request, a.Done}, forward)
		switch {
		case refused != nil:
			return refused
		case err != nil || !request.Follow || over:
			return asError(err, doing)
		}
		if err := a.pause(ctx); err != nil {
			return asError(err, doing)
		}
	}
}

// pause waits until output is looked at again.
func (a *attempt) pause(ctx context.Context) error {
	timer := time.NewTimer(lookAgain)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-a.Done:
		return a.View().Away // if the executor ends, and not the attempt
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// Output is a part of a stream of output, which begins At a byte: the one that
// was asked for, a later one if what comes before is lost, or an earlier one.
type Output struct {
	io.ReadCloser
	At   int64
	Time time.Time // when it was written, or zero
}

// Bytes is an engine's Logs of output that can be read again from its beginning.
// Cursors are numbers of bytes. Open opens it at a byte, at its present end if
// there are no more yet.
func Bytes(ctx context.Context, request LogRequest, emit func(sdk.LogChunk) error, open func(ctx context.Context, from int64) (Output, error)) error {
	at, err := attempts.Place(request.After)
	if err != nil {
		return err
	}
	for {
		output, err := open(ctx, at)
		if err != nil {
			return err
		}
		before := at
		at, err = output.send(at, emit)
		if err := errors.Join(err, output.Close()); err != nil {
			return err
		}
		if at == before {
			return nil
		}
	}
}

// send sends what is behind a byte, and returns the byte behind that.
func (o Output) send(at int64, emit func(sdk.LogChunk) error) (int64, error) {
	if o.At < at {
		if _, err := io.CopyN(io.Discard, o, at-o.At); err == io.EOF {
			return at, nil
		} else if err != nil {
			return at, err
		}
	}
	return attempts.Send(o, max(at, o.At), o.Time, emit)
}
