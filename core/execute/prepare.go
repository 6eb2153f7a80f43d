package execute

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/raddeploy/raddeploy/sdk"
)

// prepare says what is to be run. A result instead of a task: it cannot be
// run.
func (e *Engine) prepare(ctx context.Context, job *Job) (*sdk.Task, *Result) {
	options, complaints := job.Executor.CheckOptions(job.model().Options)
	e.warn(job, complaints)
	if err := job.refusal(complaints); err != nil {
		return nil, rejected(err)
	}
	statics, err := e.staticMounts(job)
	var missing *missingStatic
	var bad *badArchive
	if errors.As(err, &missing) || errors.As(err, &bad) {
		return nil, rejected(err)
	}
	if err != nil {
		return nil, broken(err)
	}
	mounts, err := e.mounts(job)
	if err != nil {
		return nil, broken(err)
	}
	mounts = append(mounts, statics...)
	task, err := e.task(job, mounts, options)
	if err != nil {
		return nil, broken(err)
	}
	return task, nil
}

// lay makes the attempt's folders, empty.
func (e *Engine) lay(job *Job) error {
	return e.Layout.Lay(job.Run.ID, job.Attempt.Task, job.Attempt.Number, job.outputs())
}

// mounts returns a task's own mounts, with their folders on this host.
func (e *Engine) mounts(job *Job) ([]sdk.Mount, error) {
	model := job.model()
	config, err := e.config(model)
	if err != nil {
		return nil, err
	}
	mounts := []sdk.Mount{{Role: sdk.Static, Name: "config", Source: config, Target: model.ConfigDumpFolder}}
	for _, input := range model.Inputs {
		source := job.Inputs[input.Name]
		if source == "" {
			if source, err = e.source(job); err != nil {
				return nil, err
			}
		}
		mounts = append(mounts, sdk.Mount{Role: sdk.Input, Name: input.Name, Source: source, Target: input.Path})
	}
	for _, output := range model.Outputs {
		mounts = append(mounts, sdk.Mount{Role: sdk.Output, Name: output.Name, Source: e.Layout.Output(job.Run.ID, job.Attempt.Task, job.Attempt.Number, output.Name), Target: output.Path})
	}
	return mounts, nil
}

func (e *Engine) staticMounts(job *Job) ([]sdk.Mount, error) {
	var mounts []sdk.Mount
	for _, static := range job.model().Statics {
		source, err := e.static(static.Name)
		if err != nil {
			return nil, err
		}
		mounts = append(mounts, sdk.Mount{Role: sdk.Static, Name: static.Name, Source: source, Target: static.Path})
	}
	return mounts, nil
}

func (e *Engine) extra(job *Job) ([]byte, error) {
	if len(job.Flow.Extra) == 0 {
		return []byte("{}"), nil
	}
	return json.Marshal(job.Flow.Extra)
}

// rejected is the result of a task that no other try could help.
func rejected(err error) *Result {
	result := broken(err)
	result.Rejected, result.Broken = true, false
	return result
}

// broken is the result of a task whose start failed on our side.
func broken(err error) *Result {
	result := failed(sdk.Exit{Reason: sdk.StartFailed}, err)
	result.Exit.Message, result.Broken = result.Reason, true
	return &result
}
