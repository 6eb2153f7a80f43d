package api

import (
	"context"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/notify"
	"github.com/raddeploy/raddeploy/core/run"
)

// NotifyBlock is a notify block of the site: who is told of what, and whether messages
// reach them.
type NotifyBlock struct {
	ID     string   `json:"id"`    // its name
	State  string   `json:"state"` // "ok", "failed": the newest try was in vain; "unused": nothing was told lately
	By     string   `json:"by"`    // "email" or "webhook"
	Server string   `json:"server"`
	To     []string `json:"to"`    // email addresses; none of a webhook
	Owner  bool     `json:"owner"` // a flow's owner is told, too

	On      []run.NoticeKind `json:"on"`    // what is told
	Flows   []string         `json:"flows"` // names and patterns; none: all
	Site    bool             `json:"site"`  // what belongs to no flow is told, too
	Waiting int              `json:"waiting"`
	Sent    *time.Time       `json:"sent,omitempty"`     // the newest message that was taken
	Reason  string           `json:"reason,omitempty"`   // why the newest try was in vain
	NextTry *time.Time       `json:"next_try,omitempty"` // of what waits
}

// The states of notify blocks.
const (
	told    = "ok"
	notTold = "failed"
	unused  = "unused"
)

var notifyStates = []string{told, notTold, unused}

// NotifyBlocks are the notify blocks of the site, in its order.
func (s *Server) NotifyBlocks(ctx context.Context) ([]NotifyBlock, error) {
	messages, err := s.Notifications(ctx, most)
	if err != nil {
		return nil, err
	}
	return convert(s.from.Notifier.Blocks(), func(block config.Notify) NotifyBlock { return notifyBlockOf(block, messages) }), nil
}

// notifyBlockOf is a block with what became of its messages, of which the newest come
// first.
func notifyBlockOf(block config.Notify, messages []Notification) NotifyBlock {
	shown := NotifyBlock{ID: block.Name, State: unused, By: "webhook", Server: notify.ServerOf(block), To: []string{}, On: block.On, Flows: append([]string{}, block.Flows...), Site: block.Site}
	if block.Email != nil {
		shown.By, shown.To, shown.Owner = "email", block.Email.To, block.Email.Owner
	}
	for _, m := range messages {
		if m.Notify != block.Name {
			continue
		}
		if m.State == run.MessagePending {
			shown.Waiting++
			shown.NextTry = sooner(shown.NextTry, m.NextTry)
		}
		switch {
		case m.State == run.MessageSent:
			if shown.Sent == nil || m.Finished.After(*shown.Sent) {
				shown.Sent = m.Finished
			}
			if shown.State == unused {
				shown.State = told
			}
		case m.Reason != "" && shown.State == unused:
			shown.State, shown.Reason = notTold, m.Reason
		}
	}
	return shown
}

func sooner(a, b *time.Time) *time.Time {
	if a == nil || b != nil && b.Before(*a) {
		return b
	}
	return a
}

// NotifyBlock returns the notify block with a name.
func (s *Server) NotifyBlock(ctx context.Context, name string) (NotifyBlock, error) {
	all, err := s.NotifyBlocks(ctx)
	if err != nil {
		return NotifyBlock{}, err
	}
	i := slices.IndexFunc(all, func(n NotifyBlock) bool { return n.ID == name })
	if i < 0 {
		return NotifyBlock{}, notify.ErrNoBlock
	}
	return all[i], nil
}

func (s *Server) notifyListing() listing[NotifyBlock] {
	return listing[NotifyBlock]{
		states: notifyStates, all: s.NotifyBlocks,
		state: func(n NotifyBlock) string { return n.State }, names: func(n NotifyBlock) []string { return []string{n.ID} },
	}
}

// NotifyBlocks are the notify blocks of the site.
func (c *Client) NotifyBlocks(ctx context.Context) (all []NotifyBlock, err error) {
	err = c.get(ctx, "/v1/notify", &all)
	return all, err
}
