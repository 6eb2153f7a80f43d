package docker

import (
	"context"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// place is a place in a stream: behind part of the messages of one time.
// Messages are the engine's: a line each, or a piece of a long line; several
// may have the same time.
type place struct {
	time  time.Time
	count int // messages of that time that are wholly before the place
	bytes int // bytes of the next one that are before it
}

func (p place) cursor() sdk.Cursor {
	return sdk.Cursor(fmt.Sprintf("%d.%d.%d", p.time.UnixNano(), p.count, p.bytes))
}

func placeOf(cursor sdk.Cursor) (place, error) {
	if cursor == "" {
		return place{}, nil
	}
	var nanos int64
	var p place
	if n, err := fmt.Sscanf(string(cursor), "%d.%d.%d", &nanos, &p.count, &p.bytes); n != 3 || err != nil || p.cursorOf(nanos) != cursor {
		return place{}, sdk.Errorf(sdk.InvalidArgument, "%q is no cursor of docker's logs", cursor)
	}
	p.time = time.Unix(0, nanos).UTC()
	return p, nil
}

func (p place) cursorOf(nanos int64) sdk.Cursor {
	p.time = time.Unix(0, nanos)
	return p.cursor()
}

// Logs implements [sdk.LogReader].
func (e *Executor) Logs(ctx context.Context, id sdk.AttemptID, request sdk.LogRequest, emit func(sdk.LogChunk) error) error {
	a, err := e.find(ctx, id, nil)
	if err != nil {
		return err
	}
	at, err := placeOf(request.After)
	if err != nil {
		return err
	}
	now := a.View()
	for request.Follow && !now.Running && now.Exit == nil {
		select {
		case <-now.Changed:
		case <-ctx.Done():
			return sdk.Errorf(sdk.Unavailable, "logs of attempt %s: %w", id, ctx.Err())
		}
		now = a.View()
	}
	if a.containerID() == "" || !now.Running {
		return nil // there is no process, so there is no output
	}
	reader := &logReader{stderr: request.Stream == sdk.Stderr, at: at, emit: emit}
	err = reader.run(ctx, a, request.Follow)
	if reader.refused != nil {
		return reader.refused
	}
	return asError(err, "logs of attempt "+string(id))
}
