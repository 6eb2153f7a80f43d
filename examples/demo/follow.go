package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/run"
)

// follow tells what becomes of what was sent, until the result is in the
// archive. sent is what the sender said.
func (d *demo) follow(ctx context.Context, sent string) error {
	ctx, stop := context.WithTimeoutCause(ctx, time.Minute, errors.New("the run has not ended within a minute"))
	defer stop()
	id, err := d.matched(ctx, sent)
	if err != nil {
		return err
	}
	told := false
	for {
		r, err := d.client.Run(ctx, string(id))
		if err != nil {
			return cause(ctx, err)
		}
		if r.Dispatched != nil && !told {
			told = true
			d.at(*r.Dispatched, "started", "the model, %d ms after the last object", r.Dispatched.Sub(*r.Received).Milliseconds())
		}
		if r.State.Final() {
			return d.ended(ctx, r)
		}
		if err := pause(ctx); err != nil {
			return cause(ctx, err)
		}
	}
}

// matched waits for the run that the arrival triggers.
func (d *demo) matched(ctx context.Context, sent string) (run.ID, error) {
	for {
		arrivals, err := d.client.Arrivals(ctx, api.ArrivalQuery{})
		if err != nil {
			return "", cause(ctx, err)
		}
		if len(arrivals.Items) == 1 && arrivals.Items[0].State.Final() {
			arrival, err := d.client.Arrival(ctx, string(arrivals.Items[0].ID))
			if err != nil {
				return "", cause(ctx, err)
			}
			d.at(*arrival.Completed, "sent", "%s", strings.Replace(sent, "objects sent", "objects", 1))
			if len(arrival.Runs) != 1 {
				return "", fmt.Errorf("the series triggered %d flows: %s", len(arrival.Runs), arrival.Reason)
			}
			r := arrival.Runs[0]
			d.at(r.Created, "matched", "flow %s %s: %d of %d objects", r.Flow, r.Version, r.Objects, arrival.Objects)
			return r.ID, nil
		}
		if err := pause(ctx); err != nil {
			return "", cause(ctx, err)
		}
	}
}

// ended tells how the run ended: what the model said, and what the archive has.
func (d *demo) ended(ctx context.Context, r api.Run) error {
	var said strings.Builder
	err := d.client.Logs(ctx, string(r.ID), "", false, func(line api.LogLine) error {
		_, err := said.Write(line.Data)
		return err
	})
	if err != nil {
		return err
	}
	if r.State != run.Done {
		if said.Len() > 0 {
			d.more("the model said: %s", strings.TrimSpace(said.String()))
		}
		return fmt.Errorf("the run is %s: %s", r.State, r.Reason)
	}
	last := r.Tasks[0].Attempts[len(r.Tasks[0].Attempts)-1]
	d.at(*r.Finished, "finished", "the model, in %.1f s", last.Ended.Sub(*last.Started).Seconds())
	for line := range strings.Lines(said.String()) {
		d.more("%s", strings.TrimSpace(line))
	}
	to := r.Deliveries[0]
	d.at(*r.Sent, "delivered", "%d of %d segmentations to %s, %.1f s after the last object came", to.Sent, to.Objects, to.AETitle, r.Sent.Sub(*r.Received).Seconds())
	return nil
}

// quiet waits a while until no task is under way and all are cleared away:
// tasks outlive their agent by design. What is still there after that is
// removed without the agent.
func (d *demo) quiet() {
	if d.client == nil {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), 8*time.Second)
	defer stop()
	for !d.agent.over() {
		if busy, err := d.busy(ctx); err != nil || !busy || pause(ctx) != nil {
			return
		}
	}
}

func (d *demo) busy(ctx context.Context) (bool, error) {
	runs, err := d.client.Runs(ctx, api.RunQuery{})
	if err != nil {
		return false, err
	}
	for _, r := range runs.Items {
		if r, err = d.client.Run(ctx, string(r.ID)); err != nil {
			return false, err
		}
		for _, task := range r.Tasks {
			if task.State == run.TaskPending { // it may start at any moment
				return true, nil
			}
			for _, attempt := range task.Attempts {
				if attempt.State != run.AttemptRemoved {
					return true, nil
				}
			}
		}
	}
	return false, nil
}

// explain says what went wrong, and shows the end of the agent's log.
func (d *demo) explain(out io.Writer, err error) {
	fmt.Fprintf(out, "\ndemo: %v\n", err)
	if d.agent == nil || err.Error() == "interrupted" {
		return
	}
	text, _ := os.ReadFile(d.agent.log) // without it there is less to show
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	fmt.Fprintf(out, "\nThe end of %s:\n", d.agent.log)
	for _, line := range lines[max(0, len(lines)-25):] {
		fmt.Fprintln(out, "  "+line)
	}
}

func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
