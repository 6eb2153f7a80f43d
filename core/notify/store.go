package notify

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// Store is what the notifier needs of the state database.
type Store interface {
	Events
	Things
	Outbox
}

// Events are what happened, and what people were told of it.
type Events interface {
	// Events returns the numbers of the oldest and the newest event; 0: none.
	Events(ctx context.Context) (oldest, newest int64, err error)
	EventsAfter(ctx context.Context, seq int64, most int) ([]run.Event, error)
	// Told counts messages that were made after a time, up to another.
	Told(ctx context.Context, after, until time.Time) (run.Told, error)
	// Tell records all of a telling or nothing.
	Tell(ctx context.Context, t run.Telling) error
	ForgetTold(ctx context.Context) error
}

// Things are what events and digests are about.
type Things interface {
	Run(ctx context.Context, id string) (run.Run, error)
	Tasks(ctx context.Context, id run.ID) ([]run.Task, error)
	Deliveries(ctx context.Context, id run.ID) ([]run.Delivery, error)
	Arrival(ctx context.Context, id string) (run.Arrival, error)
	FlowDigests(ctx context.Context, from, to time.Time) ([]run.FlowDigest, error)
	Backlog(ctx context.Context) (state.Backlog, error)
}

// Outbox is the messages.
type Outbox interface {
	// PendingMessagesOf counts, by block, the messages that are to be sent.
	PendingMessagesOf(ctx context.Context) (map[string]int, error)
	// DueMessages are those of a block that are to be tried now, oldest first. A time
	// further away than the longest pause is one of a clock that was set back.
	DueMessages(ctx context.Context, notify string, now time.Time, longest time.Duration) ([]run.Message, error)
	EndMessage(ctx context.Context, end run.MessageEnd) error
	ForgetMessages(ctx context.Context, before time.Time, most int) error
	// Running is how long agents have run.
	Running() time.Duration
}
