package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk/suggest"
)

// ErrNoBlock says that the site has no notify block of a name.
var ErrNoBlock = errors.New("the site has no such notify block")

// Tested is what came of a test message to one recipient.
type Tested struct {
	Recipient    string // an email address; "": the webhook
	OK           bool
	Says, Advice string
}

// Test sends a test message to each recipient of a block, now and once.
func (n *Notifier) Test(ctx context.Context, name string) ([]Tested, error) {
	site := n.Site()
	block, known := site.Notify.Named(name)
	if !known {
		var names []string
		for _, one := range site.Notify {
			names = append(names, one.Name)
		}
		advice := suggest.Hint(name, names, "those of the site's file are "+strings.Join(names, ", "))
		if len(names) == 0 {
			advice = "add " + `notify "` + name + `" { … } to the site's file`
		}
		return nil, &problem.Error{Cause: fmt.Errorf("%w: %q", ErrNoBlock, name), Advice: advice}
	}
	var all []Tested
	for _, recipient := range recipientsOf(block) {
		now := time.Now()
		m := run.Message{ID: run.NewMessageID(), Notify: block.Name, Recipient: recipient, Created: now}
		m.Content = addressed(site, block, run.MessageContent{Kind: "test", Title: "a test message", Events: []run.Notice{}}, m.ID, now)
		t := Tested{Recipient: recipient, OK: true, Says: "taken by " + ServerOf(block)}
		if refused := n.try(ctx, block, m); refused != nil {
			t.OK, t.Says, t.Advice = false, oneLine(problem.Reason(&refused.Why), longestReason), refused.Why.Advice
		}
		all = append(all, t)
	}
	return all, nil
}

// Blocks are the notify blocks of the site.
func (n *Notifier) Blocks() config.Notifies { return n.Site().Notify }

// ServerOf names the mail server of a block, or the host of its webhook.
func ServerOf(block config.Notify) string {
	if block.Email != nil {
		return (&mailer{to: *block.Email}).server()
	}
	return webhookHost(*block.Webhook)
}
