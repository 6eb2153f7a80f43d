package notify

import (
	"context"
	"errors"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// owed is the end of a block's try that the store has not taken. Until it has, the
// message looks as if it were to be sent, and none of the block is.
type owed struct {
	ended
	failed int // times that it could not be recorded
	next   time.Time
}

type ended struct {
	message run.Message
	end     run.MessageEnd
}

// longestRecord is how long an agent that stops waits for the end of a try to be recorded.
const longestRecord = 10 * time.Second

// end records the end of a try.
func (n *Notifier) end(ctx context.Context, block config.Notify, m run.Message, refused *Refusal) error {
	return n.record(ctx, ended{m, decideEnd(block, m, refused, time.Now(), n.Store.Running())})
}

// endOrOwe records the end of a try, even if the agent stops now: the message may be
// there. If the store does not take it, it is kept, and recorded before anything else of
// the block is sent; false says so.
func (n *Notifier) endOrOwe(ctx context.Context, block config.Notify, m run.Message, refused *Refusal) bool {
	e := ended{m, decideEnd(block, m, refused, time.Now(), n.Store.Running())}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), longestRecord)
	defer cancel()
	err := n.record(ctx, e)
	if err == nil {
		return true
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	o := owed{ended: e}
	o.later(time.Now())
	n.owed[block.Name] = &o
	n.Logger.Error("end of a try at a message not recorded; nothing more is sent to the block until it is",
		"notify", block.Name, "message", m.ID, "error", err, "wait", time.Until(o.next).String())
	return false
}

// later has the end recorded after a pause.
func (o *owed) later(now time.Time) {
	o.failed++
	o.next = now.Add(wake.Backoff{}.After(o.failed))
}

// owes reports whether an end of a block is not recorded.
func (n *Notifier) owes(name string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.owed[name] != nil
}

// recordOwed records what is owed, of blocks that are not busy.
func (n *Notifier) recordOwed(ctx context.Context, busy map[string]bool, now time.Time) {
	n.mu.Lock()
	due := make(map[string]*owed)
	for name, o := range n.owed {
		if !busy[name] && !o.next.After(now) {
			due[name] = o
		}
	}
	n.mu.Unlock()
	for name, o := range due {
		if err := n.record(ctx, o.ended); err != nil {
			o.later(now)
			n.Logger.Error("end of a try at a message still not recorded", "notify", name, "message", o.message.ID, "error", err)
			continue
		}
		n.mu.Lock()
		delete(n.owed, name)
		n.mu.Unlock()
	}
}

// recordAllOwed is the last try to record what is owed, of an agent that stops.
func (n *Notifier) recordAllOwed(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), longestRecord)
	defer cancel()
	for _, o := range n.owed { // nobody else is left
		o.next = time.Time{}
	}
	n.recordOwed(ctx, nil, time.Now())
}

// record records an end, and tells of it. What the store has ended already, or has no
// more, needs no end.
func (n *Notifier) record(ctx context.Context, e ended) error {
	err := n.Store.EndMessage(ctx, e.end)
	var moved *run.StateError
	if errors.As(err, &moved) || errors.Is(err, state.ErrNotFound) {
		n.Logger.Warn("the message has ended otherwise", "notify", e.message.Notify, "message", e.message.ID, "error", err)
		return nil
	}
	if err != nil {
		return err
	}
	m, end := e.message, e.end
	switch end.State {
	case run.MessagePending:
		n.Logger.Info("message not sent; it waits", "notify", m.Notify, "message", m.ID, "tries", m.Tries+1, "reason", end.Reason)
		return nil
	case run.MessageFailed:
		n.Logger.Warn("message given up", "notify", m.Notify, "message", m.ID, "tries", m.Tries+1, "reason", end.Reason)
	}
	if n.Ended != nil {
		n.Ended(m.Notify, end.State)
	}
	return nil
}
