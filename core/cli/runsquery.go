package cli

import (
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	runs "github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// query is what the flags ask for.
func (c *runsCommand) query(now time.Time) (q api.RunQuery, err error) {
	q.Flow, q.Sender = c.flow, c.sender
	if q.Paging, q.Since, err = c.read(now); err != nil {
		return q, err
	}
	q.States, err = statesOf(c.states, runs.RunStates())
	return q, err
}

// layouts are how a time may be written that is not how long ago.
var layouts = []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", time.DateOnly}

// since reads a time: how long ago, or a date in local time; zero for "".
func since(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := sdk.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	for _, layout := range layouts {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("-since %q: say how long ago, such as 2h or 7d, or a time such as \"2006-01-02 15:04\"", text)
}
