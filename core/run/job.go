package run

import (
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/sdk"
)

// Job is an attempt with what it takes to execute it.
type Job struct {
	Attempt Attempt
	// Recorded returns once the attempt is recorded, or with the error that keeps
	// it from that; nil: it is recorded. Before, it is made ready and no more: what
	// a runtime has must be known to the next agent.
	Recorded func() error
	Run      Run // without its definition and objects
	Flow     *flow.Flow
	// Inputs is the folder of each input that another task wrote.
	Inputs map[string]string
	// Resumed says that an earlier agent may have started it.
	Resumed bool
	// AvoidNodes are the nodes on which earlier tries were lost or preempted.
	AvoidNodes []string
	// Canceled is closed when the attempt is to be stopped; nil: never. It may be
	// closed before the attempt has begun, which then is not started.
	Canceled <-chan struct{}
}

// Ending is how an attempt ended.
type Ending struct {
	Exit sdk.Exit
	// Started is when the executor accepted it; zero: it did not, or that was
	// recorded by an earlier agent.
	Started time.Time
	// Rejected is set when no further try could go better: the executor refused
	// the task, or its output was refused.
	Rejected bool
	// Broken is set when it was our side that failed, whatever the exit says.
	Broken bool
	Reason string // for the operator; "" for success
	// Err is the reason with its fields, as far as there are any: advice, and
	// the lines of a flow's file that an executor refuses. It names no file of a
	// patient.
	Err error
	// RanOn is what the attempt ran on, as far as it is known, and Warnings what
	// an operator should know about it, whether or not it succeeded.
	RanOn    RanOn
	Warnings []string
}
