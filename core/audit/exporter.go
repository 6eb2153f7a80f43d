package audit

import (
	"context"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/run"
)

// Exporter has a server told what the journal has. Its fields are set before Run.
type Exporter struct {
	Store Store
	Send  func(context.Context, []run.Entry) error // see [Server.Send]
	// Interval is how often the journal is read; 0: every 2 seconds.
	Interval time.Duration
	Pause    wake.Backoff // after what failed
	Logger   hclog.Logger
}

// Store has the journal, and how far it is exported.
type Store interface {
	// NotExported returns the oldest entries that are not, at most so many.
	NotExported(ctx context.Context, atMost int) ([]run.Entry, error)
	// SetExported records that all entries up to this number are.
	SetExported(ctx context.Context, seq int64) error
}

// batch is how many entries go over one connection at the most.
const batch = 200

// Run exports until ctx ends. What a server does not take is sent again: it may
// have an entry twice, and misses none.
func (x *Exporter) Run(ctx context.Context) error {
	failures := 0
	for {
		sent, err := x.export(ctx)
		pause := x.Interval
		if pause == 0 {
			pause = 2 * time.Second
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			failures++
			pause = x.Pause.After(failures)
			x.Logger.Warn("audit messages not sent; they wait", "tries", failures, "next_try_in", pause.Round(time.Second), "error", err)
		case failures > 0:
			x.Logger.Info("audit messages are sent again", "tries", failures+1)
			failures = 0
		}
		if sent == batch && err == nil {
			continue
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
	}
}

func (x *Exporter) export(ctx context.Context) (sent int, err error) {
	entries, err := x.Store.NotExported(ctx, batch)
	if err != nil || len(entries) == 0 {
		return 0, err
	}
	if err := x.Send(ctx, entries); err != nil {
		return 0, err
	}
	return len(entries), x.Store.SetExported(ctx, entries[len(entries)-1].Seq)
}
