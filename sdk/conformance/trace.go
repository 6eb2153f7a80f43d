package conformance

import (
	"os"
	"path/filepath"
	"sync"

	"github.com/raddeploy/raddeploy/sdk"
)

// trace is where a task leaves word of what it did: in an output, on standard
// output, or nowhere, as far as the executor offers it.
type trace struct {
	folder string // of the output
	silent bool
}

const traceFile = "/trace/trace"

// offers asks once in a run whether outputs can be had.
type offers struct {
	once    sync.Once
	outputs bool
}

func (t *trial) trace() *trace {
	t.run.offers.once.Do(func() {
		probe := t.attempt(Work{exit(0)}, with(output(t.folder(nil), "/trace")))
		found, err := probe.complaints()
		t.run.offers.outputs = err == nil && !found.Failed()
	})
	switch {
	case t.run.offers.outputs:
		return &trace{folder: t.folder(nil)}
	case t.run.description.Capabilities.Logs:
		return &trace{}
	}
	return &trace{silent: true}
}

// leave is the step that leaves word.
func (tr *trace) leave(text string) Step {
	if tr.folder != "" {
		return appended(traceFile, text)
	}
	return printed(sdk.Stdout, text)
}

// whenAsked is the step that leaves word when the task is asked to end.
func (tr *trace) whenAsked(text string) Step {
	step := tr.leave(text)
	step.Do = DoGentle
	return step
}

// in puts what is needed into the task.
func (tr *trace) in(task *sdk.Task) {
	if tr.folder != "" {
		task.Mounts = append(task.Mounts, output(tr.folder, "/trace"))
	}
}

// want notes if an ended attempt did something else.
func (tr *trace) want(a *attempt, want string) {
	var got []byte
	var err error
	switch {
	case tr.silent:
		return
	case tr.folder != "":
		got, err = os.ReadFile(filepath.Join(tr.folder, "trace"))
	default:
		got, err = a.output(sdk.Stdout)
	}
	if err != nil || string(got) != want {
		a.t.fail("the task left word of having done %.200q (error: %v); want %q", got, err, want)
	}
}
