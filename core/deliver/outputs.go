package deliver

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
)

// Runs are the rows that tell what a run wrote.
type Runs interface {
	// Definition returns a run's flow as it was stored.
	Definition(ctx context.Context, id run.ID) ([]byte, error)
	// Tasks returns the tasks of a run in the order of the flow's models.
	Tasks(ctx context.Context, id run.ID) ([]run.Task, error)
}

// Outputs returns the folders of a run that are to be sent, below its folder:
// those of its outputs whose names begin with dst.
func Outputs(ctx context.Context, runs Runs, files spool.Runs, id run.ID) ([]string, error) {
	definition, err := runs.Definition(ctx, id)
	if err != nil {
		return nil, err
	}
	f, err := flow.Decode(definition)
	if err != nil {
		return nil, fmt.Errorf("its stored flow cannot be read: %w", err)
	}
	tasks, err := runs.Tasks(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(tasks) != len(f.Models) {
		return nil, fmt.Errorf("it has %s, and its stored flow has %s", problem.Counted(len(tasks), "task"), problem.Counted(len(f.Models), "model"))
	}
	var folders []string
	for i, model := range f.Models {
		for _, output := range model.Outputs {
			if !strings.HasPrefix(output.Name, flow.Dst) {
				continue
			}
			folder, err := filepath.Rel(files.Run(id), files.Output(id, i, tasks[i].Tries, output.Name))
			if err != nil {
				return nil, err
			}
			folders = append(folders, folder)
		}
	}
	return folders, nil
}
