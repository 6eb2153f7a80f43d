package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/match/decide"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/rehearse"
)

// explainCommand says why flows did or did not trigger.
type explainCommand struct{ base }

func (c *explainCommand) Synopsis() string { return "Say why each flow did or did not trigger" }

func (c *explainCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy explain [options] ARRIVAL

  Says for each flow what it did about an arrival and why: how many objects passed each
  pattern, which values were seen, what the nearest miss was, and what was run where. It tells
  what was recorded when the arrival was matched, also when a flow has changed since. ARRIVAL is
  an id or the beginning of one.

Options:

  -flow NAME     one flow only, by its name` + remoteHelp + `
` + exitCodes + `
  It is 1 if the arrival was not matched yet, 4 if there is no such arrival or flow.`)
}

func (c *explainCommand) Run(args []string) int {
	var r remote
	set := c.flags("explain", c.Help)
	r.register(set)
	only := set.String("flow", "", "")
	rest, code, ok := c.parse(set, args)
	if !ok {
		return code
	}
	if len(rest) != 1 {
		return c.usage("explain takes the id of one arrival")
	}
	arrival, err := r.client().Arrival(c.ctx, rest[0])
	if err != nil {
		return c.complain(err)
	}
	var results []*decide.Result
	if len(arrival.Explanation) > 0 {
		if err := json.Unmarshal(arrival.Explanation, &results); err != nil {
			return c.complain(fmt.Errorf("read the explanation of arrival %s: %w", arrival.ID, err))
		}
	}
	if results == nil {
		return c.complain(fmt.Errorf("arrival %s was not matched yet: it is %s", short(string(arrival.ID)), arrival.State))
	}
	changed, err := c.changed(r.client())
	if err != nil {
		return c.complain(err)
	}
	shown := []explained{}
	for _, result := range results {
		if *only == "" || *only == result.Flow || *only == named(result.Flow, result.Version) {
			shown = append(shown, explained{ID: named(result.Flow, result.Version), State: string(result.Verdict), Since: changed(result), Result: result})
		}
	}
	if len(shown) == 0 && *only != "" {
		return c.complain(fmt.Errorf("flow %q was none of this site's when the arrival was matched: %w", *only, api.ErrNotFound))
	}
	for i := range shown {
		if err := c.runOf(r.client(), arrival, &shown[i]); err != nil {
			return c.complain(err)
		}
	}
	if r.json {
		return c.printJSON(shown)
	}
	c.print(arrival, shown)
	return exitOK
}

// explained is what one flow did.
type explained struct {
	ID    string `json:"id"`
	State string `json:"state"`
	// Since is "changed" or "gone" if the flow is not what it was any more.
	Since string `json:"since,omitempty"`
	*decide.Result
	Run *api.Run       `json:"run,omitempty"`
	Src []string       `json:"src,omitempty"` // as long as it is kept
	was *rehearse.Plan // what the run was to be
}

// changed tells how flows differ from what they were.
func (c *explainCommand) changed(client *api.Client) (func(*decide.Result) string, error) {
	flows, err := client.Flows(c.ctx)
	if err != nil {
		return nil, err
	}
	now := map[flow.ID]string{}
	for _, f := range flows {
		now[flow.ID{Name: f.Name, Version: f.Version}] = f.Digest
	}
	return func(r *decide.Result) string {
		switch digest, there := now[flow.ID{Name: r.Flow, Version: r.Version}]; {
		case !there:
			return "gone"
		case r.Digest != "" && digest != r.Digest:
			return "changed"
		}
		return ""
	}, nil
}

// runOf finds the run that a flow made of the arrival.
func (c *explainCommand) runOf(client *api.Client, arrival api.Arrival, e *explained) error {
	for _, one := range arrival.Runs {
		if one.Flow != e.Result.Flow || one.Version != e.Result.Version {
			continue
		}
		whole, err := client.Run(c.ctx, string(one.ID))
		if err != nil {
			return err
		}
		e.Run = &whole
		if e.Src, err = client.Source(c.ctx, string(one.ID)); err != nil {
			return err
		}
		if f, err := flowfile.ReadJSON(whole.Definition); err == nil {
			plan := rehearse.PlanOf(f, nil)
			e.was = &plan
			happened(&plan, whole)
		}
		return nil
	}
	return nil
}

// happened puts into a plan what became of it.
func happened(plan *rehearse.Plan, whole api.Run) {
	tasks := map[string]api.Task{}
	for _, task := range whole.Tasks {
		tasks[task.Name] = task
	}
	for _, stage := range plan.Stages {
		for i := range stage {
			task := tasks[stage[i].Model]
			stage[i].Executor = "none"
			if n := len(task.Attempts); n > 0 {
				stage[i].Executor = task.Attempts[n-1].Executor
			}
			stage[i].Reason = string(task.State)
			if task.Reason != "" {
				stage[i].Reason += ": " + task.Reason
			}
		}
	}
	if len(whole.Deliveries) == 0 {
		return
	}
	plan.Destinations = nil
	for _, d := range whole.Deliveries {
		plan.Destinations = append(plan.Destinations, rehearse.Destination{
			Name: d.Destination, Node: fmt.Sprintf("%s@%s:%d, %s, %d of %s sent", d.AETitle, d.Host, d.Port, d.State, d.Sent, problem.Counted(d.Objects, "object")),
		})
	}
}

// objectsFrom is how many objects an arrival has, for a sentence.
func objectsFrom(a *api.Arrival) string {
	if a.Instances >= a.Objects {
		return problem.Counted(a.Objects, "object")
	}
	return fmt.Sprintf("%s of %s", problem.Counted(a.Objects, "object"), problem.Counted(a.Instances, "SOP instance"))
}

func (c *explainCommand) print(arrival api.Arrival, shown []explained) {
	say(c.out, "%s from %s at %s, calling %s; %s\n", objectsFrom(&arrival), arrival.CallingAE, arrival.Address, arrival.CalledAE,
		cmp.Or(clock(arrival.Completed), string(arrival.State)))
	if arrival.Completion != "" {
		say(c.out, "%s: %s\n", of(&arrival), arrival.Completion)
	}
	for i := range shown {
		e := &shown[i]
		text := decide.Text{Result: e.Result}
		say(c.out, "\n%s: %s\n", e.ID, text.Headline())
		switch e.Since {
		case "gone":
			fmt.Fprintln(c.out, "  the site has no such flow any more; this is what it did")
		case "changed":
			fmt.Fprintln(c.out, "  the flow has changed since; this is what it did as it was")
		}
		details(&c.base, "  ", text)
		if e.Run == nil {
			continue
		}
		say(c.out, "  run %s is %s\n", short(string(e.Run.ID)), e.Run.State)
		if len(e.Src) > 0 {
			c.drawTree("  ", "src", e.Src)
		}
		if e.was != nil {
			c.drawPlan("  ", *e.was)
		}
	}
}
