// Package state is the one table of what Slurm's words mean for an attempt: the
// state of a job as squeue and sacct write it, and the reason why a job is
// pending. A word comes in; how far the attempt is, why it ended, or whether it
// can ever begin comes out. It runs nothing.
package state

import (
	"strings"

	"github.com/raddeploy/raddeploy/sdk"
)

// Phase is how far a job is.
type Phase uint8

const (
	Waiting Phase = iota + 1 // it has no node yet, or waits for another turn
	Active                   // it has a node: its script runs, is held up, or is being ended
	Over                     // it has ended
)

// Meaning is what a state says of an attempt whose script left no record of its
// end.
type Meaning struct {
	Phase  Phase
	Reason sdk.Reason // why it ended; zero unless it is over
	// Text is for the operator: what happened and what to do, or what holds up
	// a job that is not over.
	Text string
	// Overrules says that the state counts even if the script left a record:
	// the script cannot know better.
	Overrules bool
	// Confirms says that a script's record of success counts. No other state
	// that is over does.
	Confirms bool
}

// table has every state of Slurm, from 22.05 to 25.05. No state makes a
// success: that takes the script's own record.
var table = map[string]Meaning{
	"PENDING":       {Phase: Waiting},
	"CONFIGURING":   {Phase: Waiting, Text: "its node is being made ready"},
	"POWER_UP_NODE": {Phase: Waiting, Text: "its node is being started"},
	"REQUEUED":      {Phase: Waiting, Text: "Slurm put it back into the queue"},
	"REQUEUE_FED":   {Phase: Waiting, Text: "Slurm put it back into the queue of its federation"},
	"REQUEUE_HOLD":  {Phase: Waiting, Text: "Slurm put it back into the queue and holds it: an administrator can release it with scontrol release"},
	"RESV_DEL_HOLD": {Phase: Waiting, Text: "its reservation was deleted, and Slurm holds it: an administrator can release it with scontrol release"},
	"SPECIAL_EXIT":  {Phase: Waiting, Text: "Slurm holds it after a special exit: an administrator can release it with scontrol release"},

	"RUNNING":    {Phase: Active},
	"COMPLETING": {Phase: Active},
	"RESIZING":   {Phase: Active},
	"SIGNALING":  {Phase: Active},
	"STAGE_OUT":  {Phase: Active},
	"EXPEDITING": {Phase: Active},
	"UPDATE_DB":  {Phase: Active},
	"STOPPED":    {Phase: Active, Text: "an administrator halted it"},
	"SUSPENDED":  {Phase: Active, Text: "it is suspended"},

	"COMPLETED":     {Phase: Over, Reason: sdk.Vanished, Text: "the job completed without the record of its end: look whether the nodes can write to work_dir", Confirms: true},
	"FAILED":        {Phase: Over, Reason: sdk.StartFailed, Text: "the job failed: look whether the nodes can read and write work_dir"},
	"LAUNCH_FAILED": {Phase: Over, Reason: sdk.StartFailed, Text: "Slurm could not start the job on its node: slurmd's log there says why"},
	"RECONFIG_FAIL": {Phase: Over, Reason: sdk.StartFailed, Text: "Slurm could not configure the job's node"},
	"CANCELLED":     {Phase: Over, Reason: sdk.Stopped, Text: "the job was cancelled in Slurm, by an administrator or a limit"},
	"TIMEOUT":       {Phase: Over, Reason: sdk.TimedOut, Text: "the job exceeded its time limit in Slurm", Overrules: true},
	"DEADLINE":      {Phase: Over, Reason: sdk.TimedOut, Text: "the job missed its deadline in Slurm", Overrules: true},
	"OUT_OF_MEMORY": {Phase: Over, Reason: sdk.OutOfMemory, Text: "the kernel killed it because the job's memory was used up: raise mem_limit, or have the model use less", Overrules: true},
	"PREEMPTED":     {Phase: Over, Reason: sdk.Preempted, Text: "Slurm took its node for a job of higher priority", Overrules: true},
	"NODE_FAIL":     {Phase: Over, Reason: sdk.NodeLost, Text: "its node failed", Overrules: true},
	"BOOT_FAIL":     {Phase: Over, Reason: sdk.NodeLost, Text: "its node could not be booted", Overrules: true},
	"REVOKED":       {Phase: Over, Reason: sdk.Vanished, Text: "the job was revoked because another cluster of the federation took it"},
}

// Of says what a state means, as squeue and sacct write it: sacct adds words,
// such as "CANCELLED by 1000". An unknown one, of a Slurm to come, holds
// nothing up and ends nothing.
func Of(word string) Meaning {
	word, _, _ = strings.Cut(word, " ")
	if m, known := table[strings.TrimSuffix(word, "+")]; known {
		return m
	}
	return Meaning{Phase: Active, Text: "Slurm says " + word}
}
