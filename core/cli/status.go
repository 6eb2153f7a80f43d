package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/api"
)

// statusCommand shows how the agent is.
type statusCommand struct{ base }

func (c *statusCommand) Synopsis() string { return "Show how the agent is" }

func (c *statusCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy status [options]

  Shows where the agent receives, its executors and their health, which arrivals are held
  for an operator, until when its certificates are valid, and what is wrong with its flow
  files and its state database.

Options:
` + remoteHelp + `
` + exitCodes + `
  It is 1 if an executor is not healthy, a flow file is broken, a certificate expires
  within 30 days, or the agent itself has a problem.`)
}

func (c *statusCommand) Run(args []string) int {
	return c.asking("status", c.Help, args, 0, 0, "no arguments", func(r remote, _ []string) int { return c.report(r) })
}

func (c *statusCommand) report(r remote) int {
	status, err := r.client().Status(c.ctx)
	if err != nil {
		return c.complain(err)
	}
	code := exitOK
	if len(status.FlowProblems) > 0 || len(status.Problems) > 0 {
		code = exitNegative
	}
	rows := [][]string{{"EXECUTOR", "STATE", "PLUGIN", "BACKEND", "CPUS", "GPUS", "MESSAGE"}}
	for _, e := range status.Executors {
		if e.State != "healthy" && e.State != "draining" {
			code = exitNegative
		}
		rows = append(rows, []string{e.ID, executorState(e), e.Plugin, e.Backend, strconv.Itoa(e.CPUs), strconv.Itoa(e.GPUs), e.Message})
	}
	if slices.ContainsFunc(status.Certificates, func(c api.Certificate) bool { return c.Problem != "" }) {
		code = exitNegative
	}
	if r.json {
		c.printJSON(status)
		return code
	}
	c.fields([][]string{
		{"Site", status.Site},
		{"Version", status.Version},
		{"Receives", status.AETitle + " on " + listeners(&status)},
		{"Flows", strings.Join(status.Flows, ", ")},
	})
	for _, certificate := range status.Certificates {
		c.fields([][]string{{"Certificate", cmp.Or(certificate.Problem, "that of "+certificate.Of+" expires on "+clock(certificate.Expires))}})
	}
	if by := status.FlowsOnlyByHand; len(by) > 0 {
		c.fields([][]string{{"No triggers", strings.Join(by, ", ") + ": only started by hand"}})
	}
	if n := len(status.Held); n > 0 {
		c.fields([][]string{{"Held", fmt.Sprintf("%s for an operator, such as %s: see raddeploy release -h", counted(n, "arrival"), short(string(status.Held[0])))}})
	}
	fmt.Fprintln(c.out)
	c.table(rows)
	for _, problem := range slices.Concat(status.Problems, status.FlowProblems) {
		say(c.out, "\n%s\n", problem)
	}
	return code
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
