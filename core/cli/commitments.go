package cli

import (
	"fmt"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/problem"
)

// commitments are lines on requests of peers for storage commitment.
func commitments(field string, all []api.Commitment) (lines [][]string) {
	for _, c := range all {
		committed := 0
		if c.Committed != nil {
			committed = *c.Committed
		}
		line := fmt.Sprintf("asked for by %s at %s on %s: %s, %d of %s committed", c.CallingAE, c.Address, clock(&c.Asked), c.State, committed, problem.Counted(c.Instances, "instance"))
		if c.Reason != "" {
			line += "; " + c.Reason
		}
		if c.NextTry != nil {
			line += "; next try " + clock(c.NextTry)
		}
		lines = append(lines, []string{field, line})
	}
	return lines
}

// commitmentLines are those that are not reported yet: the oldest, and how many.
func commitmentLines(status *api.Status) [][]string {
	open := status.Commitments
	if len(open) == 0 {
		return nil
	}
	lines := commitments("Commitment", open[:1])
	if more := len(open) - 1; more > 0 {
		lines[0][1] += fmt.Sprintf(" (and %d more)", more)
	}
	return lines
}
