package main

import (
	"context"
	"errors"
	"io"
	"os"
	"reflect"
	"strconv"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Fingerprint tells how the backend is: at once, then whenever that changes.
// That there is none is no error, but what it is there to tell.
func (e *Executor) Fingerprint(ctx context.Context, emit func(sdk.Fingerprint) error) error {
	var told sdk.Fingerprint
	return poll(ctx, time.Minute, func() (bool, error) {
		now := sdk.Fingerprint{
			Health:  sdk.Healthy,
			Backend: "stand-in 1.0", // name and version of what runs the tasks
			Local:   true,           // it shares this host's CPUs and GPUs with other executors; false for a cluster
			Slots:   e.config.Slots,
		}
		if err := e.backend.probe(ctx); err != nil {
			now.Health, now.Message = sdk.Undetected, err.Error()
		}
		if reflect.DeepEqual(now, told) || ctx.Err() != nil { // the agent keeps the latest: whatever changes has to be sent
			return false, ctx.Err()
		}
		told = now
		return false, emit(now)
	})
}

// Watch sends how an attempt is, each change, and its end.
func (e *Executor) Watch(ctx context.Context, attempt sdk.AttemptID, emit func(sdk.Event) error) error {
	var told sdk.State
	return poll(ctx, glance, func() (bool, error) {
		now, err := e.find(attempt)
		if err == nil && now.state > told {
			told = now.state
			err = emit(sdk.Event{State: now.state})
		}
		if err != nil || now.exit == nil {
			return false, err
		}
		return true, emit(sdk.Event{Exit: now.exit})
	})
}

// Logs sends a stream's output from a cursor on, which here is the number of
// bytes before it.
func (e *Executor) Logs(ctx context.Context, attempt sdk.AttemptID, request sdk.LogRequest, emit func(sdk.LogChunk) error) error {
	var offset int64
	if request.After != "" {
		var err error
		if offset, err = strconv.ParseInt(string(request.After), 10, 64); err != nil || offset < 0 {
			return sdk.Errorf(sdk.InvalidArgument, "%q is not a cursor of this executor", request.After)
		}
	}
	return poll(ctx, glance, func() (bool, error) {
		now, err := e.find(attempt) // before reading: what an attempt that has ended wrote is there
		if err == nil {
			offset, err = sendFrom(e.backend.path(attempt, request.Stream.String()), offset, emit)
		}
		return now.exit != nil || !request.Follow, err
	})
}

// sendFrom sends what a file holds beyond an offset, in pieces of the
// contract's size, and returns the offset behind it.
func sendFrom(path string, offset int64, emit func(sdk.LogChunk) error) (int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return offset, err
	}
	defer file.Close()
	for {
		data := make([]byte, 64<<10)
		n, err := file.ReadAt(data, offset)
		if n > 0 {
			offset += int64(n)
			if err := emit(sdk.LogChunk{Data: data[:n], Next: sdk.Cursor(strconv.FormatInt(offset, 10))}); err != nil {
				return offset, err
			}
		}
		if errors.Is(err, io.EOF) {
			return offset, nil
		}
		if err != nil {
			return offset, err
		}
	}
}

// glance is how often the backend is looked at. If yours tells of changes by
// itself, wait for that instead.
const glance = 50 * time.Millisecond

// poll looks again and again until that is done, goes wrong, or nobody wants to
// know any more.
func poll(ctx context.Context, every time.Duration, look func() (done bool, err error)) error {
	for {
		if done, err := look(); done || err != nil {
			return err
		}
		select {
		case <-time.After(every):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
