package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/phantom"
	"github.com/raddeploy/raddeploy/core/problem"
	runs "github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/selftest"
)

// selftestCommand sends a synthetic series through a live agent and back.
type selftestCommand struct {
	base
	client *api.Client
	within time.Duration
	json   bool
	steps  []selftestStep
}

// selftestStep is one thing that was tried.
type selftestStep struct {
	ID      string  `json:"id"`
	State   string  `json:"state"` // ok or failed
	Seconds float64 `json:"seconds"`
	Says    string  `json:"says"`
}

func (c *selftestCommand) Synopsis() string {
	return "Send a synthetic series through the agent and back"
}

func (c *selftestCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy selftest [options]

  Sends a small synthetic CT series to the agent's own DICOM port, as a scanner would, has
  each executor copy it, and receives it back from there. Each step is shown with its time.
  No flow of the site sees the series, and no destination gets it: the calling AE title
  ` + string(selftest.CallingAE) + ` is matched against none. It is to be run on the agent's host.

  Where the site names its peers, it has to name this one, too:

  peer "selftest" {
    ae_title  = "` + string(selftest.CallingAE) + `"
    addresses = ["127.0.0.1"]
  }

  Executors of containers need the image ` + selftest.Image + `, and do not pull it.

Options:

  -timeout D     how long each step may take (default 2m)` + remoteHelp + `
` + exitCodes + `
  It is 1 if a step failed.`)
}

func (c *selftestCommand) Run(args []string) int {
	var r remote
	set := c.flags("selftest", c.Help)
	r.register(set)
	set.DurationVar(&c.within, "timeout", 2*time.Minute, "")
	rest, code, ok := c.parse(set, args)
	switch {
	case !ok:
		return code
	case len(rest) > 0:
		return c.usage("selftest takes no arguments")
	}
	c.client, c.json = r.client(), r.json
	status, err := c.client.Status(c.ctx)
	if err != nil {
		return c.complain(err)
	}
	failed := c.test(status)
	if c.json {
		if code := c.printJSON(c.steps); code != exitOK {
			return code
		}
	}
	switch {
	case failed != nil && !c.json:
		return c.complain(failed)
	case failed != nil:
		return exitNegative
	}
	return exitOK
}

// test does the steps. The error is that of the first that failed.
func (c *selftestCommand) test(status api.Status) error {
	dir, err := os.MkdirTemp("", "raddeploy-selftest-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	back, err := listenForReturns(c.ctx)
	if err != nil {
		return err
	}
	defer back.close()
	var files []string
	var arrival api.Arrival
	began := time.Now()
	err = c.step("series", func(context.Context) (says string, err error) {
		files, err = phantom.Write(dir, phantom.Options{Slices: 8, Size: 64})
		return problem.Counted(len(files), "object") + " made", err
	})
	if err == nil {
		err = c.step("send", func(ctx context.Context) (string, error) { return sendSynthetic(ctx, &status, files) })
	}
	if err == nil {
		err = c.step("arrival", func(ctx context.Context) (says string, err error) {
			arrival, err = c.arrived(ctx, began, len(files))
			return "arrival " + short(string(arrival.ID)) + " is complete", err
		})
	}
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range status.Executors {
		if e.Drained != nil {
			c.tell(selftestStep{ID: "executor " + e.ID, State: "ok", Says: "is drained, and is not tried"})
			continue
		}
		errs = append(errs, c.step("executor "+e.ID, func(ctx context.Context) (string, error) {
			return c.through(ctx, e, arrival, back, len(files))
		}))
	}
	return errors.Join(errs...)
}

// step does one thing in its time and tells what came of it.
func (c *selftestCommand) step(id string, do func(context.Context) (string, error)) error {
	ctx, cancel := context.WithTimeout(c.ctx, c.within)
	defer cancel()
	began := time.Now()
	says, err := do(ctx)
	step := selftestStep{ID: id, State: "ok", Seconds: time.Since(began).Seconds(), Says: says}
	if err != nil {
		step.State, step.Says = "failed", err.Error()
		err = fmt.Errorf("%s: %w", id, err)
	}
	c.tell(step)
	return err
}

func (c *selftestCommand) tell(step selftestStep) {
	c.steps = append(c.steps, step)
	if !c.json {
		say(c.out, "%7.2fs  %-6s  %s: %s\n", step.Seconds, terminalOf(c.out).paint(step.State), step.ID, step.Says)
	}
}

// arrived waits until the series is complete at the agent.
func (c *selftestCommand) arrived(ctx context.Context, since time.Time, objects int) (api.Arrival, error) {
	query := api.ArrivalQuery{Sender: string(selftest.CallingAE), Since: since.Add(-time.Second)}
	instead := "it is not there"
	for {
		page, err := c.client.Arrivals(ctx, query)
		for _, a := range page.Items {
			if a.Objects == objects && (a.State == runs.ArrivalMatched || a.State == runs.ArrivalUnmatched) {
				return a, nil
			}
			instead = fmt.Sprintf("it is %s, with %d of %d objects %s", a.State, a.Objects, objects, a.Reason)
		}
		if err != nil && ctx.Err() == nil {
			return api.Arrival{}, err
		}
		if wake.Sleep(ctx, followInterval) != nil {
			return api.Arrival{}, fmt.Errorf("not complete in time: %s", instead)
		}
	}
}

// through has an executor copy the series, and waits until all of it is back.
func (c *selftestCommand) through(ctx context.Context, e api.Executor, arrival api.Arrival, back *returns, objects int) (string, error) {
	back.forget()
	asked := order()
	asked.Flow = selftest.Name(e.ID, back.port)
	run, err := c.client.Rerun(ctx, string(arrival.ID), asked)
	if err != nil {
		return "", err
	}
	for !run.State.Final() {
		if wake.Sleep(ctx, followInterval) != nil {
			return "", fmt.Errorf("run %s is %s: %s", short(string(run.ID)), run.State, waitsFor(run))
		}
		if run, err = c.client.Run(ctx, string(run.ID)); err != nil {
			return "", err
		}
	}
	if run.State != runs.Done {
		return "", problem.New(fmt.Sprintf("run %s: %s: %s", short(string(run.ID)), run.State, run.Reason), "raddeploy runs "+short(string(run.ID)))
	}
	if got := back.count(); got != objects {
		return "", fmt.Errorf("%d of %d objects came back", got, objects)
	}
	return fmt.Sprintf("%s copied and back; %s", problem.Counted(objects, "object"), times(run)), nil
}

// waitsFor is what a run that is not over waits for.
func waitsFor(run api.Run) string {
	for _, task := range run.Tasks {
		if task.Reason != "" {
			return task.Reason
		}
	}
	for _, d := range run.Deliveries {
		if d.Reason != "" {
			return d.Reason
		}
	}
	return run.Reason
}

// times is how long the parts of a run took.
func times(run api.Run) string {
	var said []string
	between := func(what string, from, to *time.Time) {
		if from != nil && to != nil {
			said = append(said, fmt.Sprintf("%s %.2fs", what, to.Sub(*from).Seconds()))
		}
	}
	between("waited", &run.Created, run.Dispatched)
	between("ran", run.Dispatched, run.Finished)
	between("sent", run.Finished, run.Sent)
	return strings.Join(said, ", ")
}

// listenerOf is where the agent receives on this host, without TLS.
func listenerOf(status *api.Status) (string, error) {
	where := status.DICOM
	for _, l := range status.Listeners {
		if !l.TLS {
			where = l.Address
			break
		}
	}
	host, port, err := net.SplitHostPort(where)
	if err != nil {
		return "", fmt.Errorf("the agent receives nothing: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}
