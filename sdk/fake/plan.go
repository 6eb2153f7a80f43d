package fake

import (
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Plan says what an attempt does. It is the fake's schema of options; the zero
// Plan succeeds at once and writes nothing.
type Plan struct {
	Refuse  string `raddeploy:"refuse" doc:"ValidateTask complains with this text"`
	NoImage bool   `raddeploy:"no_image" doc:"ValidateTask warns that its image is not used"`
	Start   string `raddeploy:"start" enum:"invalid|unavailable|full|denied" doc:"Start returns an error of this kind"`

	Queue time.Duration `raddeploy:"queue" doc:"how long it is queued"`
	Pull  time.Duration `raddeploy:"pull" doc:"how long its image is pulled"`
	Run   time.Duration `raddeploy:"run" doc:"how long it runs"`
	Hold  bool          `raddeploy:"hold" doc:"it runs until it is released or stopped"`
	Deaf  bool          `raddeploy:"deaf" doc:"it ends only when the grace of Stop has passed"`

	Reason  string `raddeploy:"reason" enum:"exited|out_of_memory|start_failed|image_unavailable|preempted|node_lost|vanished" doc:"why it ends"`
	Exit    int    `raddeploy:"exit" doc:"its exit code"`
	Signal  int    `raddeploy:"signal" doc:"the signal that ends it"`
	Message string `raddeploy:"message" doc:"the message of its exit"`
	Warning string `raddeploy:"warning" doc:"a warning that Watch sends when it starts"`

	Stdout []string `raddeploy:"stdout" doc:"lines on standard output, written when it starts"`
	Stderr []string `raddeploy:"stderr" doc:"lines on standard error, written when it starts"`
	Bulk   sdk.Size `raddeploy:"bulk" doc:"bytes of filler behind the lines on standard output"`

	Copy  bool              `raddeploy:"copy" doc:"at its end every file of its inputs is copied to every output"`
	Files map[string]string `raddeploy:"files" doc:"files that it leaves: NAME/PATH of an output to text"`

	Steps []Step `raddeploy:"steps" doc:"what its process does, instead of run, exit, stdout and the like"`

	Devices string `raddeploy:"devices" guarded:"true" doc:"a word that needs the site's permission; it does nothing"`
}

var reasons = map[string]sdk.Reason{
	"":                  sdk.Exited,
	"exited":            sdk.Exited,
	"out_of_memory":     sdk.OutOfMemory,
	"start_failed":      sdk.StartFailed,
	"image_unavailable": sdk.ImageUnavailable,
	"preempted":         sdk.Preempted,
	"node_lost":         sdk.NodeLost,
	"vanished":          sdk.Vanished,
}

func (p *Plan) startError(attempt sdk.AttemptID) error {
	kinds := map[string]sdk.Kind{
		"invalid":     sdk.InvalidArgument,
		"unavailable": sdk.Unavailable,
		"full":        sdk.ResourceExhausted,
		"denied":      sdk.PermissionDenied,
	}
	if kind, ok := kinds[p.Start]; ok {
		return sdk.Errorf(kind, "start attempt %s: the plan says %s", attempt, p.Start)
	}
	return nil
}
