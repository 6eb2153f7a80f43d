package cli

import (
	"fmt"

	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/problem"
)

// show prints diagnostics for people, and how many there are.
func (b *base) show(diagnostics lang.Diagnostics, checked int) {
	errors, warnings := 0, 0
	for _, d := range diagnostics {
		if d.Severity == lang.Error {
			errors++
		} else {
			warnings++
		}
	}
	if err := diagnostics.Fprint(b.errs); err != nil {
		b.complain(err)
	}
	switch {
	case errors > 0:
		fmt.Fprintf(b.out, "%s, %s\n", problem.Counted(errors, "error"), problem.Counted(warnings, "warning"))
	default:
		fmt.Fprintf(b.out, "%s valid, %s\n", validFiles(checked), problem.Counted(warnings, "warning"))
	}
}

func validFiles(n int) string {
	if n == 1 {
		return "1 file or flow is"
	}
	return fmt.Sprintf("%d files and flows are", n)
}
