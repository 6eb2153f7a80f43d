package slurm

import (
	"context"
	"fmt"
	"os"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/job"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/launch"
	"github.com/raddeploy/raddeploy/sdk"
)

// write writes the job's script, when the image has been fetched that it names.
// The attempt is queued meanwhile: it has no node yet, and its time does not
// run.
func (a *attempt) write(ctx context.Context) (*sdk.Exit, error) {
	if _, err := os.Stat(a.folder.Path(job.ScriptFile)); err == nil {
		return nil, nil
	}
	wait, done := a.untilUrged(ctx)
	defer done()
	fetched, warning, err := a.e.launcher.Fetch(wait, &a.plan.Container, a.fetches)
	switch {
	case ctx.Err() != nil:
		return nil, asError(ctx.Err(), "fetch the image of attempt "+string(a.ID))
	case wait.Err() != nil:
		if asked := a.asked(); asked != nil {
			return a.askedToEnd(asked), nil
		}
		return nil, sdk.Errorf(sdk.Unavailable, "fetch the image of attempt %s: interrupted", a.ID)
	case err != nil:
		return &sdk.Exit{Reason: sdk.ImageUnavailable, Message: fmt.Sprintf("the image %s could not be fetched: %v", a.plan.Container.Image, err)}, nil
	}
	if warning != "" {
		a.Warn(warning)
	}
	a.Update(func() { a.Waiting = "" })
	return nil, a.e.script(&a.plan, fetched)
}

// fetches tells watchers how far the image is, in steps of ten percent.
func (a *attempt) fetches(p sdk.Progress) {
	text := "its image is being fetched"
	if p.Total > 0 {
		text += fmt.Sprintf(": %d%%", p.Done*10/p.Total*10)
	}
	a.Mu.Lock()
	same := a.Waiting == text
	a.Mu.Unlock()
	if !same {
		a.Update(func() { a.Waiting = text })
	}
}

// script writes the script of a plan whose image is there.
func (e *Executor) script(p *plan, fetched launch.Fetched) error {
	container, script := p.Container, p.Script
	container.Fetched = fetched
	script.Prepare, script.Run, script.Cleanup = e.launcher.Prepare(&container), e.launcher.Run(&container), e.launcher.Cleanup(&container)
	script.Digest = fetched.Digest
	return asError(e.folderOf(p.Attempt).Write(job.ScriptFile, []byte(script.Text())), "write the script of attempt "+string(p.Attempt))
}
