// Package slurm is the executor for a Slurm cluster.
//
// In come tasks, as [sdk.Task]; out go their states, ends, outputs and logs. An
// attempt is a folder on the file system that is shared with the cluster's
// nodes, and one job whose name and comment bear the attempt. The folder is
// made first; the job's script tells in it how far it is and how its process
// ended. So another plugin process can go on with the attempt at any point, and
// whatever is found there is one next step:
//
//	no work_dir           its mark is not there: nobody can tell
//	no folder             nothing of the attempt is there
//	a plan                submit the job
//	and a note of submit  look for the job by its name; submit it if there is none
//	a job                 follow it: one squeue a tick for all attempts, and the script's files
//	a record of the end   tell how it ended, when Slurm says that the job is over
//	                      if it can have had a part in it
//	a verdict             tell it again
//
// Should two jobs of one attempt come into being all the same, because a
// controller answered too late, then the one that starts first claims the
// folder, and the other ends at once. What squeue cannot tell is unknown, never
// an end.
//
// The package must not decide about retries, deadlines or nodes: those are the
// agent's and Slurm's. Slurm's commands are run in internal/cluster only,
// containers are put into words in internal/launch, and internal/job holds the
// script.
package slurm
