package execute

import (
	"encoding/json"
	"path/filepath"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
	"github.com/raddeploy/raddeploy/sdk"
)

// Draft is the task of a model as an attempt would put it to an executor, for
// questions about it before any object has arrived. The sources of its mounts
// are names below root, of folders that need not be there.
func Draft(f *flow.Flow, model int, root string, devices []sdk.Device, options []byte) (*sdk.Task, error) {
	job := &Job{Flow: f, Devices: devices, Run: run.Run{ID: "draft"}, Attempt: run.Attempt{ID: "draft", Task: model, Number: 1}}
	e := &Engine{Layout: spool.Runs{Dir: root}}
	m := job.model()
	mounts := []sdk.Mount{{Role: sdk.Static, Name: "config", Source: filepath.Join(root, "config"), Target: m.ConfigDumpFolder}}
	add := func(role sdk.Role, named []flow.Mount) {
		for _, mount := range named {
			mounts = append(mounts, sdk.Mount{Role: role, Name: mount.Name, Source: filepath.Join(root, mount.Name), Target: mount.Path})
		}
	}
	add(sdk.Input, m.Inputs)
	add(sdk.Output, m.Outputs)
	add(sdk.Static, m.Statics)
	return e.task(job, mounts, json.RawMessage(options))
}
