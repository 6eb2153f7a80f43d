package attempts

import (
	"fmt"
	"syscall"

	"github.com/raddeploy/raddeploy/sdk"
)

// Exited is the end of a process that ended with a code, as shells and engines
// tell it, if nothing else is known of why.
func Exited(code int) *sdk.Exit {
	exit := &sdk.Exit{Reason: sdk.Exited, Code: code, Signal: SignalOf(code)}
	switch {
	case exit.Signal != 0:
		exit.Message = fmt.Sprintf("the process was ended by signal %d (%s)", exit.Signal, syscall.Signal(exit.Signal))
	case code != 0:
		exit.Message = fmt.Sprintf("the process ended with code %d: its output says why", code)
	}
	return exit
}

// SignalOf returns the signal that a code tells of, or 0: shells and engines
// report the end by a signal as 128 and its number. A process that ends by
// itself with such a code cannot be told apart.
func SignalOf(code int) int {
	if code > 128 && code <= 128+64 {
		return code - 128
	}
	return 0
}
