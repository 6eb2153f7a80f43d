package execute

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// warnings are what the operator should know about an attempt that may succeed
// all the same. The zero value and nil are ready for use; nil keeps none.
type warnings struct {
	mu  sync.Mutex
	all []string
}

// What is kept of warnings.
const (
	mostWarnings   = 20
	longestWarning = 1000 // bytes
)

// add adds a warning, once.
func (w *warnings) add(text string) {
	if w == nil || text == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(text) > longestWarning {
		text = strings.ToValidUTF8(text[:longestWarning], "") + " …"
	}
	if len(w.all) < mostWarnings && !slices.Contains(w.all, text) {
		w.all = append(w.all, text)
	}
}

func (w *warnings) list() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.all)
}

// account completes an ending by what the attempt ran on and what is to be known
// about it.
func (e *Engine) account(ctx context.Context, job *Job, ended *Result) {
	on := &ended.RanOn
	on.Image, on.Digest, on.Node = job.model().Container.Image, ended.Exit.ImageDigest, ended.Exit.Node
	on.CPU, on.MemoryPeak = ended.Exit.Usage.CPU, ended.Exit.Usage.MemoryPeak
	if e.Plugin != nil {
		on.Plugin, on.PluginVersion = e.Plugin(job.Attempt.Executor)
	}
	for _, d := range job.Devices {
		on.Devices = append(on.Devices, deviceName(d))
	}
	e.compareDigest(ctx, job, on)
	ended.Warnings = job.warnings.list()
}

func deviceName(d sdk.Device) string { return cmp.Or(d.UUID, d.CDI, d.Index) }

// compareDigest warns if the image was fetched anew and is another one than in
// the attempt before: results may differ, though no flow has changed.
func (e *Engine) compareDigest(ctx context.Context, job *Job, on *run.RanOn) {
	if e.Store == nil || on.Digest == "" {
		return
	}
	before, err := e.digestBefore(ctx, job.Attempt, on)
	if err != nil {
		e.Logger.Warn("cannot look up the image's digest of the run before", "attempt", job.Attempt.ID, "error", err)
		return
	}
	if before == "" || before == on.Digest || !job.model().PullBeforeExec {
		return
	}
	text := fmt.Sprintf("the image %s is another one than in the run before: %s, which was %s", on.Image, on.Digest, before)
	e.Logger.Warn(text, "run", job.Run.ID, "attempt", job.Attempt.ID, "executor", job.Attempt.Executor)
	job.warnings.add(text)
}

// usedImage is an image on an executor.
type usedImage struct{ executor, image string }

// digestBefore returns the digest that an image had in the attempt before on the
// same executor; "": there was none. The database is asked once for each image:
// after that the engine knows.
func (e *Engine) digestBefore(ctx context.Context, attempt run.Attempt, on *run.RanOn) (string, error) {
	used := usedImage{attempt.Executor, on.Image}
	before, known := e.digests.Swap(used, on.Digest)
	if known {
		return before.(string), nil
	}
	recorded, err := e.Store.DigestBefore(ctx, attempt, on.Image)
	if err != nil {
		e.digests.CompareAndDelete(used, on.Digest)
	}
	return recorded, err
}
