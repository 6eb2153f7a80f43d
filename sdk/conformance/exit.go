package conformance

import (
	"fmt"

	"github.com/raddeploy/raddeploy/sdk"
)

func exitCases() []Case {
	const read = "go doc sdk.Exit; go doc sdk.Reason"
	var cases []Case
	for _, code := range []int{0, 7, 255} {
		cases = append(cases, Case{
			Name: fmt.Sprintf("exit/code %d", code), Required: true, Read: read,
			Contract: "The Exit of a process that ended by itself has reason Exited and the process's own exit code.",
			test: func(t *trial) {
				a := t.start(Work{exit(code)})
				a.wantCode(code)
			},
		})
	}
	return append(cases, Case{
		Name: "exit/death by a signal", Required: true, Read: read, test: diedBySignal,
		Contract: "The Exit of a process that a signal ended has reason Exited and the signal's number.",
	})
}

func diedBySignal(t *trial) {
	a := t.start(Work{{Do: DoDie, Count: 9}})
	if exit := a.end(); exit.Reason != sdk.Exited || exit.Signal != 9 || exit.Succeeded() {
		t.fail("the exit is %s; want reason exited with signal 9", sayExit(exit))
	}
}
