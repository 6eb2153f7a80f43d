package slurm

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/cluster"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/job"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/state"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
	"github.com/raddeploy/raddeploy/sdk/startfault"
)

// over is the end of an attempt whose job is over, or which Slurm has
// forgotten. It is nil while the script's record may still come.
func (a *attempt) over(ctx context.Context, id string, now cluster.Job, there bool) (*sdk.Exit, error) {
	var meaning state.Meaning
	if there {
		meaning = state.Of(now.State)
	}
	if record, whole := a.record(now); whole {
		if !there && !a.sure(record) {
			_, meaning = a.accounted(ctx, id)
		}
		return a.conclude(record, meaning), nil
	}
	if err := a.e.work.missing(); err != nil {
		return nil, err
	}
	exit := a.unrecorded(id, now, meaning, there)
	if exit == nil || there || exit.Reason != sdk.Vanished {
		return exit, nil
	}
	if j, meaning := a.accounted(ctx, id); meaning.Phase == state.Over && meaning.Reason != sdk.Vanished {
		exit.Reason, exit.Message, exit.Node = meaning.Reason, meaning.Text, either(exit.Node, j.Nodes)
		if meaning.Reason == sdk.StartFailed && !exit.Started.IsZero() {
			exit.Reason, exit.Message = sdk.Vanished, "the job was killed on its node, and left no record of its end"
		}
	}
	return exit, nil
}

// conclude tells how the attempt ended, by the script's record and by what
// Slurm says of the job, if it has ended there.
func (a *attempt) conclude(r job.Record, meaning state.Meaning) *sdk.Exit {
	exit := attempts.Exited(r.Code)
	exit.Node, exit.ImageDigest, exit.Usage.CPU = r.Node, r.Digest, r.CPU
	exit.Started, exit.Finished, exit.Message = r.Started, r.Finished, either(exit.Message, r.Message)
	exit.OOMKilled = r.Reason == job.Memory || meaning.Reason == sdk.OutOfMemory
	asked := a.asked()
	switch {
	case exit.OOMKilled && r.Code == 0 && (r.Reason == job.Memory || r.Reason == job.Exited):
		exit.Reason = sdk.Exited // of its own, though not all of it was left
	case r.Reason == job.Asked && r.Asked == "time":
		exit.Reason = sdk.TimedOut
		exit.Message = fmt.Sprintf("it was stopped because it exceeded its time of %v", a.plan.Timeout)
	case r.Reason == job.Asked && asked != nil:
		asked.ends(exit)
	case meaning.Overrules, r.Reason == job.Asked && meaning.Phase == state.Over && meaning.Reason == sdk.Stopped:
		exit.Reason, exit.Message = meaning.Reason, meaning.Text
	case r.Reason == job.Exited && r.Code == 0 && meaning.Phase != 0 && !meaning.Confirms && asked != nil:
		asked.ends(exit)
	case r.Reason == job.Exited && r.Code == 0 && meaning.Phase == state.Over && !meaning.Confirms:
		exit.Reason, exit.Message = doubted(meaning.Reason), "the process ended well, and yet "+meaning.Text
	case r.Reason == job.Asked:
		exit.Reason, exit.Message = sdk.Stopped, "somebody else sent the job a signal to end"
	case r.Reason == job.Image:
		exit.Reason = sdk.ImageUnavailable
		exit.Message = either(r.Message, "the image could not be made available on the node: the launcher gave no reason")
	case r.Reason == job.Start:
		exit.Reason, exit.Message = sdk.StartFailed, r.Message
		startfault.Judge(exit, r.Message)
	case r.Reason == job.Memory:
		meaning = state.Of("OUT_OF_MEMORY")
		exit.Reason, exit.Message = meaning.Reason, meaning.Text
	case r.Reason == job.Requeued:
		exit.Reason, exit.Message = sdk.NodeLost, r.Message
	}
	return exit
}

// doubted is why an attempt ended whose process ended well while Slurm says
// something else of its job. A cancellation of which the script never heard is
// Slurm's own, of a job that it had lost sight of: nobody asked for it, so that
// the task may be tried again.
func doubted(reason sdk.Reason) sdk.Reason {
	if reason == sdk.Stopped {
		return sdk.Vanished
	}
	return reason
}

// unrecorded is the end of a job whose script left no record, once a record
// cannot come any more. Until then it is nil.
func (a *attempt) unrecorded(id string, now cluster.Job, meaning state.Meaning, there bool) *sdk.Exit {
	phase, began := a.folder.ReadPhase()
	exit := &sdk.Exit{Reason: meaning.Reason, Message: meaning.Text, Node: now.Nodes}
	if began {
		exit.Node = phase.Node
		if phase.Word == "running" {
			exit.Started = phase.Since
		}
	}
	if !there {
		exit.Reason = sdk.Vanished
		exit.Message = "Slurm no longer knows the job, and it left no record of its end"
	} else if began && exit.Reason == sdk.StartFailed {
		exit.Reason, exit.Message = sdk.Vanished, "the job was killed on its node, and left no record of its end"
	}
	if !began && now.State == "CANCELLED" && now.Nodes != "" {
		exit.Reason, exit.Message = sdk.StartFailed, "the job was cancelled before its script began: Slurm does so when it cannot launch it on its node"
	}
	asked := a.asked()
	if asked != nil {
		asked.ends(exit)
	}
	if a.gone.IsZero() {
		a.gone = time.Now()
	}
	claimed := a.folder.ID()
	switch {
	case claimed != "" && claimed != id:
		return nil // another job of the attempt runs it
	case asked == nil && time.Since(a.gone) < a.e.config.Settle && !(meaning.Phase == state.Over && !began && now.Nodes == ""):
		return nil // the file system may not show the record yet
	}
	if exit.Reason == sdk.StartFailed || exit.Reason == sdk.Vanished {
		exit.Message += a.lastWords()
	}
	return exit
}

// accounted has the cluster's accounting tell how a job ended that squeue has
// forgotten. Where it cannot, the meaning is zero.
func (a *attempt) accounted(ctx context.Context, id string) (cluster.Job, state.Meaning) {
	j, found, err := a.e.cluster.Accounted(ctx, id)
	if err != nil {
		a.Warn("the cluster's accounting could not be asked how the job ended: " + err.Error())
	}
	meaning := state.Of(j.State)
	if err != nil || !found || j.Name != a.e.jobName(a.ID) || meaning.Phase != state.Over {
		return cluster.Job{}, state.Meaning{}
	}
	return j, meaning
}

// ours are the lines of a job's log that come from Slurm or from the script
// itself. Others, of cp and the like, may name patients' files.
var ours = regexp.MustCompile(`^slurm(?:stepd|d|_script)?: |/slurm_script: line \d+: `)

// lastWords is the end of what Slurm and the script said in the job's log.
func (a *attempt) lastWords() string {
	log, err := os.ReadFile(a.folder.Path(job.LogFile))
	if err != nil {
		return ""
	}
	var said []string
	for line := range strings.Lines(strings.ToValidUTF8(string(log[max(0, len(log)-2000):]), "?")) {
		if ours.MatchString(line) {
			said = append(said, strings.Join(strings.Fields(line), " "))
		}
	}
	if len(said) == 0 {
		return ""
	}
	return ": " + strings.Join(said[max(0, len(said)-3):], "; ")
}
