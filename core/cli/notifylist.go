package cli

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/problem"
)

// notifyListCommand shows messages.
type notifyListCommand struct{ base }

func (c *notifyListCommand) Synopsis() string { return "List the messages that people were sent" }

func (c *notifyListCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy notify list [options]

  Lists the newest messages that people were sent or are to be sent, the newest first: of which
  notify block, to whom, how often each was tried and when it is tried next, and why the last
  try did not succeed. Messages that have ended are listed for 30 days.

Options:
` + remoteHelp + `
` + exitCodes)
}

func (c *notifyListCommand) Run(args []string) int {
	return c.asking("notify list", c.Help, args, 0, 0, "no arguments", func(r remote, _ []string) int {
		all, err := r.client().Notifications(c.ctx, 0)
		if err != nil {
			return c.complain(err)
		}
		if r.json {
			return c.printJSON(all)
		}
		rows := [][]string{{"CREATED", "NOTIFY", "RECIPIENT", "STATE", "TRIES", "NEXT TRY", "TITLE", "REASON"}}
		for _, m := range all {
			rows = append(rows, []string{
				clock(&m.Created), m.Notify, cmp.Or(m.Recipient, "webhook"), string(m.State), strconv.Itoa(m.Tries), clock(m.NextTry), m.Title, m.Reason,
			})
		}
		c.listed(rows)
		return exitOK
	})
}

// notificationLines say that people are not told: the newest message, and how many.
func notificationLines(status *api.Status) [][]string {
	if len(status.Notifications) == 0 {
		return nil
	}
	m := status.Notifications[0]
	line := fmt.Sprintf("%s not sent; the newest, of %s to %s, is %s: %s", problem.Counted(len(status.Notifications), "message"),
		m.Notify, cmp.Or(m.Recipient, "its webhook"), m.State, m.Reason)
	return [][]string{{"Notify", line}}
}
