// Package job is what stands on the shared file system for one attempt: the
// script that Slurm runs on a node, and the small files by which the script and
// the executor tell each other how far they are. Words about a container and
// its mounts come in; a script, and what its files say, come out. It asks no
// cluster, and knows no task of the agent's.
//
// The files of an attempt's folder, and who writes them:
//
//	plan      the executor   what was asked for, before anything else: an attempt
//	                         is what has a plan
//	script    the executor   the job
//	submit    the executor   just before sbatch: from here on there may be a job
//	job       the executor   the job's id, from sbatch's answer or found by name
//	stop      the executor   that it is to end, why, and how long it has
//	verdict   the executor   how it ended, once that is known
//	claim     the script     which job runs the attempt; another job of it ends at once
//	phase     the script     pulling or running, since when, and where
//	stdout, stderr           what the container's process writes
//	exit      the script     how it ended; written under another name, then moved
//	log                      what the script itself, and Slurm, had to say
package job

import "time"

// Names of files in an attempt's folder.
const (
	PlanFile    = "plan"
	ScriptFile  = "script"
	SubmitFile  = "submit"
	IDFile      = "job"
	StopFile    = "stop"
	VerdictFile = "verdict"
	ClaimFile   = "claim"
	PhaseFile   = "phase"
	StdoutFile  = "stdout"
	StderrFile  = "stderr"
	ExitFile    = "exit"
	LogFile     = "log"
)

// Script is what a job's script is made of. Paths are the nodes'.
type Script struct {
	Folder  string // the attempt's folder
	Attempt string // its id
	// the node's own folder for what is thrown away; may hold variables of
	// Slurm's, such as $TMPDIR
	Scratch string
	Timeout time.Duration // of the process; 0: none
	Grace   time.Duration // that a process has which exceeds its time
	Digest  string        // of the image, if it is known before the job runs

	Inputs  []Copy   // made before the process starts, on the node
	Folders []string // empty folders on the node, by their names in scratch
	Outputs []Copy   // from scratch to the shared file system, when the process has ended
	Direct  []string // folders on the shared file system that the process writes to itself

	Prepare, Run, Cleanup string // bash, as the launcher says
}

// Copy is a folder on the shared file system, and a name of a folder in scratch.
type Copy struct{ Shared, Name string }

// Place is the shell's words for a folder in scratch.
func Place(name string) string { return `"$RADDEPLOY_SCRATCH/` + name + `"` }
