package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/notify"
	"github.com/raddeploy/raddeploy/core/run"
)

// Notifying tells people; [notify.Notifier] does.
type Notifying interface {
	Test(ctx context.Context, name string) ([]notify.Tested, error)
	Blocks() config.Notifies
}

// Notification is a message to one recipient.
type Notification struct {
	ID        string           `json:"id"`
	State     run.MessageState `json:"state"`
	Notify    string           `json:"notify"`    // the name of the site's block
	Recipient string           `json:"recipient"` // an email address; "": the block's webhook
	Kind      string           `json:"kind"`      // events or digest
	Title     string           `json:"title"`
	Events    int              `json:"events"` // that it tells of
	Created   time.Time        `json:"created"`
	Tries     int              `json:"tries"`
	NextTry   *time.Time       `json:"next_try,omitempty"`
	Reason    string           `json:"reason,omitempty"` // why the last try did not succeed
	Finished  *time.Time       `json:"finished,omitempty"`
}

// NotifyTest is what came of a test message to one recipient.
type NotifyTest struct {
	ID     string `json:"id"`    // the recipient: an email address; "webhook"
	State  string `json:"state"` // ok or failed
	Says   string `json:"says"`
	Advice string `json:"advice,omitempty"`
}

// Notifications are the newest messages, up to most; 0: 200.
func (s *Server) Notifications(ctx context.Context, most int) ([]Notification, error) {
	found, err := s.from.DB.Messages(ctx, Paging{Limit: most}.limit())
	return convert(found, notificationOf), err
}

func notificationOf(m run.Message) Notification {
	return Notification{
		ID: m.ID, State: m.State, Notify: m.Notify, Recipient: m.Recipient, Kind: m.Content.Kind, Title: m.Content.Title,
		Events: len(m.Content.Events) + m.Content.NotListed, Created: m.Created, Tries: m.Tries, NextTry: when(m.NextTry), Reason: m.Reason, Finished: when(m.Finished),
	}
}

// TestNotify sends a test message to each recipient of a notify block of the site.
func (s *Server) TestNotify(ctx context.Context, name string) ([]NotifyTest, error) {
	tested, err := s.from.Notifier.Test(ctx, name)
	if err != nil {
		return nil, err
	}
	return convert(tested, func(t notify.Tested) NotifyTest {
		shown := NotifyTest{ID: t.Recipient, State: "ok", Says: t.Says, Advice: t.Advice}
		if t.Recipient == "" {
			shown.ID = "webhook"
		}
		if !t.OK {
			shown.State = "failed"
		}
		return shown
	}), nil
}

// unsent are the messages that were tried in vain and wait, or were given up during the
// last day, newest first. What keeps the database from answering is a problem of the
// status anyway.
func (s *Server) unsent(ctx context.Context) (all []Notification) {
	found, err := s.Notifications(ctx, 0)
	if err != nil {
		s.from.Logger.Debug("messages not listed", "error", err)
	}
	for _, m := range found {
		if m.State == run.MessagePending && m.Reason != "" || m.State == run.MessageFailed && time.Since(*m.Finished) < day {
			all = append(all, m)
		}
	}
	return all
}

// Notifications are the newest messages, up to most; 0: 200.
func (c *Client) Notifications(ctx context.Context, most int) (all []Notification, err error) {
	err = c.get(ctx, "/v1/notifications?"+Paging{Limit: most}.values().Encode(), &all)
	return all, err
}

// TestNotify has the agent send a test message to each recipient of a notify block.
func (c *Client) TestNotify(ctx context.Context, name string) (tested []NotifyTest, err error) {
	err = c.do(ctx, http.MethodPost, "/v1/notify/"+url.PathEscape(name)+"/test", &tested)
	return tested, err
}
