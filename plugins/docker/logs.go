package docker

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
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

// Logs implements [engine.Engine].
func (b *backend) Logs(ctx context.Context, c engine.Container, request engine.LogRequest, emit func(sdk.LogChunk) error) error {
	at, err := placeOf(request.After)
	if err != nil {
		return err
	}
	reader := &logReader{backend: b, container: c.ID, stderr: request.Stream == sdk.Stderr, at: at, emit: emit}
	return kinds.Of(reader.run(ctx, request))
}

// openLogFile opens the engine's own file, if the engine is on this host and
// lets this process read it.
func (b *backend) openLogFile(ctx context.Context, id string, stderr bool, since time.Time) (*api.LogFile, error) {
	info, err := b.info(ctx)
	if err != nil {
		return nil, err
	}
	if !b.api.OnThisHost() || info.Root == "" || b.config.Mounts == "copy" {
		return nil, os.ErrNotExist
	}
	return api.OpenLogFile(info.Root, id, stderr, since)
}
