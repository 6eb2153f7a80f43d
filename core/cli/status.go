package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowset"
	"github.com/raddeploy/raddeploy/core/problem"
	runs "github.com/raddeploy/raddeploy/core/run"
)

// statusCommand shows how the agent is.
type statusCommand struct{ base }

func (c *statusCommand) Synopsis() string { return "Show how the agent is" }

func (c *statusCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy status [options]

  Shows where the agent receives, its flows and those that are switched off, which arrivals
  are held for an operator, messages to people that are not sent, until when its certificates
  are valid, its executors and their health, the destinations that results wait for, and what
  is wrong with its flow files, with warnings, and its state database.

Options:

  -health        only whether the agent itself can work, for programs that watch it: a flow
                 or an executor that is broken does not count` + remoteHelp + `
` + exitCodes + `
  It is 1 if an executor is not healthy, a flow file is broken, a certificate expires
  within 30 days, or the agent itself has a problem.`)
}

func (c *statusCommand) Run(args []string) int {
	var r remote
	set := c.flags("status", c.Help)
	r.register(set)
	health := set.Bool("health", false, "")
	rest, code, ok := c.parse(set, args)
	switch {
	case !ok:
		return code
	case len(rest) > 0:
		return c.usage("status takes no arguments")
	case *health:
		return c.health(r)
	}
	return c.report(r)
}

// health says whether the agent itself can work.
func (c *statusCommand) health(r remote) int {
	health, err := r.client().Health(c.ctx)
	if err != nil {
		return c.complain(err)
	}
	if r.json {
		c.printJSON(health)
	} else {
		say(c.out, "%s\n", strings.Join(append([]string{health.State}, health.Problems...), "\n"))
	}
	if len(health.Problems) > 0 {
		return exitNegative
	}
	return exitOK
}

func (c *statusCommand) report(r remote) int {
	client := r.client()
	status, err := client.Status(c.ctx)
	if err != nil {
		return c.complain(err)
	}
	code := exitOK
	if !isWell(&status) {
		code = exitNegative
	}
	if r.json {
		c.printJSON(status)
		return code
	}
	waiting, err := c.waiting(client)
	if err != nil {
		return c.complain(err)
	}
	flows, err := client.Flows(c.ctx)
	if err != nil {
		return c.complain(err)
	}
	c.fields(slices.Concat([][]string{
		{"Site", status.Site},
		{"Version", status.Version},
		{"Receives", status.AETitle + " on " + listeners(&status)},
		{"Flows", strings.Join(inForce(flows), ", ")},
		{"No triggers", onlyByHandLine(&status)},
	}, switchedOff(flows), heldLine(&status), commitmentLines(&status), notificationLines(&status), certificateLines(&status)))
	fmt.Fprintln(c.out)
	rows := [][]string{{"EXECUTOR", "STATE", "PLUGIN", "BACKEND", "CPUS", "GPUS", "MESSAGE"}}
	for _, e := range status.Executors {
		rows = append(rows, []string{e.ID, executorState(e), e.Plugin, e.Backend, strconv.Itoa(e.CPUs), strconv.Itoa(e.GPUs), e.Message})
	}
	c.table(rows)
	if len(waiting) > 1 {
		fmt.Fprintln(c.out)
		c.listed(waiting)
	}
	for _, problem := range slices.Concat(status.Problems, status.FlowProblems, warnings(flows, status.FlowProblems)) {
		say(c.out, "\n%s\n", problem)
	}
	return code
}

// warnings are what is to be said of flows' files and is no error.
func warnings(flows []api.Flow, errors []string) (all []string) {
	for _, f := range flows {
		for _, problem := range f.Problems {
			if !slices.Contains(errors, problem) && !slices.Contains(all, problem) {
				all = append(all, problem)
			}
		}
	}
	return all
}

// isWell reports whether nothing of an agent needs somebody.
func isWell(status *api.Status) bool {
	return len(status.FlowProblems) == 0 && len(status.Problems) == 0 &&
		!slices.ContainsFunc(status.Executors, func(e api.Executor) bool { return e.State != "healthy" && e.State != "draining" }) &&
		!slices.ContainsFunc(status.Certificates, func(c api.Certificate) bool { return c.Problem != "" })
}

// waiting are the destinations that deliveries wait for, each with how many and
// with what its newest try said.
func (c *statusCommand) waiting(client *api.Client) ([][]string, error) {
	open := api.DeliveryQuery{States: []runs.DeliveryState{runs.DeliveryPending, runs.DeliverySending, runs.DeliveryUncommitted}, Paging: api.Paging{Limit: 1000}}
	page, err := client.Deliveries(c.ctx, open)
	if err != nil {
		return nil, err
	}
	rows := [][]string{{"DESTINATION", "WAITING", "NEXT TRY", "REASON"}}
	counts := make(map[string]int)
	for _, d := range page.Items {
		to := fmt.Sprintf("%s (%s:%d)", d.Destination, d.Host, d.Port)
		if counts[to]++; counts[to] == 1 {
			rows = append(rows, []string{to, "", clock(d.NextTry), d.Reason})
		}
	}
	for _, row := range rows[1:] {
		row[1] = strconv.Itoa(counts[row[0]])
		if page.Next != "" {
			row[1] += " or more"
		}
	}
	return rows, nil
}

// inForce are the flows that take part.
func inForce(flows []api.Flow) (names []string) {
	for _, f := range flows {
		if f.State == string(flow.Live) || f.State == string(flow.Shadow) {
			names = append(names, f.ID)
		}
	}
	return names
}

// switchedOff are the flows that take no part, by why.
func switchedOff(flows []api.Flow) [][]string {
	var disabled, off []string
	for _, f := range flows {
		switch f.State {
		case string(flowset.Disabled):
			disabled = append(disabled, f.ID+" since "+clock(f.DisabledSince))
		case string(flow.Off):
			off = append(off, f.ID)
		}
	}
	return [][]string{{"Disabled", strings.Join(disabled, ", ")}, {"Off", strings.Join(off, ", ")}}
}

func onlyByHandLine(status *api.Status) string {
	if len(status.FlowsOnlyByHand) == 0 {
		return ""
	}
	return strings.Join(status.FlowsOnlyByHand, ", ") + ": only started by hand"
}

func heldLine(status *api.Status) [][]string {
	if len(status.Held) == 0 {
		return nil
	}
	return [][]string{{"Held", fmt.Sprintf("%s for an operator, such as %s: see raddeploy release -h", problem.Counted(len(status.Held), "arrival"), short(string(status.Held[0])))}}
}

func certificateLines(status *api.Status) (rows [][]string) {
	for _, certificate := range status.Certificates {
		rows = append(rows, []string{"Certificate", cmp.Or(certificate.Problem, "that of "+certificate.Of+" expires on "+clock(certificate.Expires))})
	}
	return rows
}

// listeners is where the agent receives.
func listeners(status *api.Status) string {
	if len(status.Listeners) == 0 {
		return status.DICOM
	}
	var all []string
	for _, l := range status.Listeners {
		where := l.Address
		if l.TLS {
			where += " (TLS)"
		}
		all = append(all, where)
	}
	return strings.Join(all, ", ")
}
