package notify

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/redact"
	"github.com/raddeploy/raddeploy/core/run"
)

// Sender sends a message to its recipient once. The error is a [*Refusal], or says
// that ctx ended.
type Sender func(ctx context.Context, block config.Notify, m run.Message) error

// Refusal says why a message was not taken, and what follows.
type Refusal struct {
	Why    problem.Error
	Final  bool // the message is given up: the same would be refused again
	Slow   bool // somebody has to change something first: it is tried seldom
	Server bool // it is the server's, so that no other message would be taken now
}

// Error says why.
func (r *Refusal) Error() string { return r.Why.Error() }

// slower is how much longer it takes until a message is tried again that somebody has
// to do something for.
const slower = 20

// send begins to send the messages that are due, one after the other for a block. What
// the store says may be older than the end of a try that was under way when it was asked:
// the blocks of those are left alone then.
func (n *Notifier) send(ctx context.Context, site *config.Site, tries *sync.WaitGroup) error {
	was := n.underWay()
	n.recordOwed(ctx, was, time.Now())
	pending, err := n.Store.PendingMessagesOf(ctx)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(pending)) {
		if was[name] || n.owes(name) {
			continue
		}
		block, known := site.Notify.Named(name)
		due, err := n.Store.DueMessages(ctx, name, time.Now(), block.RetryMax) // all of no block
		if err != nil {
			return err
		}
		switch {
		case !known:
			if err := n.giveUp(ctx, name, due); err != nil {
				return err
			}
		case len(due) > 0:
			n.occupy(name)
			tries.Go(func() {
				defer n.leave(name)
				n.sendAll(ctx, block, due)
			})
		}
	}
	return nil
}

// giveUp ends the messages of a block that the site has no more.
func (n *Notifier) giveUp(ctx context.Context, name string, messages []run.Message) error {
	for _, m := range messages {
		err := n.end(ctx, config.Notify{Name: name}, m, &Refusal{Why: problem.Error{Op: "the site has no such notify block any more"}, Final: true})
		if err != nil {
			return err
		}
	}
	return nil
}

// underWay are the blocks whose messages are being sent.
func (n *Notifier) underWay() map[string]bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return maps.Clone(n.busy)
}

func (n *Notifier) occupy(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.busy[name] = true
}

func (n *Notifier) leave(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.busy, name)
}

// sendAll sends messages of a block. What is the server's fault ends the try at those
// that follow, too.
func (n *Notifier) sendAll(ctx context.Context, block config.Notify, messages []run.Message) {
	var down *Refusal
	for _, m := range messages {
		if ctx.Err() != nil { // the next agent tries it
			return
		}
		refused := down
		if refused == nil {
			refused = n.try(ctx, block, m)
		}
		if ctx.Err() != nil && refused != nil { // the try was cut off
			return
		}
		if refused != nil && refused.Server {
			down = refused
		}
		if !n.endOrOwe(ctx, block, m, refused) {
			return
		}
	}
}

// try sends a message once; nil: it was taken.
func (n *Notifier) try(ctx context.Context, block config.Notify, m run.Message) *Refusal {
	send := n.Sender
	if send == nil {
		send = Send
	}
	switch err := send(ctx, block, m).(type) {
	case nil:
		return nil
	case *Refusal:
		return err
	default:
		return &Refusal{Why: problem.Error{Cause: err}}
	}
}

// decideEnd says what became of a message by a try.
func decideEnd(block config.Notify, m run.Message, refused *Refusal, now time.Time, running time.Duration) run.MessageEnd {
	end := run.MessageEnd{ID: m.ID, State: run.MessageSent, At: now}
	if refused == nil {
		return end
	}
	end.Reason = refused.Error()
	if block.PatientData { // a server may repeat what it was sent
		end.Reason = redact.Patients(end.Reason)
	}
	end.Reason = oneLine(end.Reason, longestReason)
	if refused.Final {
		end.State = run.MessageFailed
		return end
	}
	if tried := running - m.Since; tried >= block.GiveUpAfter {
		end.State, end.Reason = run.MessageFailed, fmt.Sprintf("given up after %s: %s", tried.Round(time.Second), end.Reason)
		return end
	}
	pause := wake.Backoff{First: block.RetryMin, Longest: block.RetryMax}
	if refused.Slow {
		pause.First = min(slower*block.RetryMin, block.RetryMax)
	}
	end.State, end.Next = run.MessagePending, now.Add(pause.After(m.Tries+1))
	return end
}

// Send sends a message by email or HTTP.
func Send(ctx context.Context, block config.Notify, m run.Message) error {
	var refused *Refusal
	if block.Email != nil {
		refused = sendEmail(ctx, *block.Email, m)
	} else if block.Webhook != nil {
		refused = post(ctx, *block.Webhook, m.Content)
	}
	if refused == nil {
		return nil
	}
	return refused
}
