package operate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/redact"
	"github.com/raddeploy/raddeploy/core/run"
)

// inputsKept returns an error unless all is still on disk that the tasks of a
// run read which are to be tried again.
func (o *Operator) inputsKept(s run.Standing, f *flow.Flow, again []run.Task, objects []run.Object) error {
	if err := filesKept(s.Run.FilesRemoved); err != nil {
		return removed("retry", s.Run.ID, err, "send the objects again")
	}
	making := make(map[int]bool)
	for _, task := range again {
		making[task.Index] = true
	}
	graph := flow.NewGraph(f)
	for _, task := range again {
		for _, input := range f.Models[task.Index].Inputs {
			producer, made := graph.Producer(input.Name)
			var err error
			switch {
			case input.Name == flow.Src:
				err = o.sourceKept(s.Run.ID, objects)
			case made && !making[producer]:
				err = o.outputKept(s, producer, input.Name)
			}
			if err != nil {
				return removed("retry", s.Run.ID, err, "send the objects again")
			}
		}
	}
	return nil
}

// outputsKept returns an error unless the outputs of a run that are sent are
// still on disk.
func (o *Operator) outputsKept(ctx context.Context, id run.ID) error {
	folders, err := o.Outputs(ctx, id)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if err := there("output "+path.Base(folder), filepath.Join(o.Spool.Runs().Run(id), folder)); err != nil {
			return removed("resend", id, err, "`raddeploy retry` with -from TASK makes it again")
		}
	}
	return nil
}

func (o *Operator) outputKept(s run.Standing, task int, name string) error {
	return there("output "+name, o.Spool.Runs().Output(s.Run.ID, task, s.Tasks[task].Tries, name))
}

// sourceKept looks for a run's src or, before its first task, for what that is
// made of.
func (o *Operator) sourceKept(id run.ID, objects []run.Object) error {
	if there("src", o.Spool.Runs().Src(id)) == nil {
		return nil
	}
	return o.objectsKept(objects)
}

// objectsKept looks for the files of received objects.
func (o *Operator) objectsKept(objects []run.Object) error {
	for i, object := range objects {
		if err := there(fmt.Sprintf("object %d of %d", i+1, len(objects)), o.Spool.Path(object.File)); err != nil {
			return err
		}
	}
	return nil
}

// filesKept returns an error if it is decided that files are removed, whether or
// not they are gone already.
func filesKept(removed time.Time) error {
	if removed.IsZero() {
		return nil
	}
	return errors.New("files removed on " + removed.Format(time.DateTime))
}

// there returns an error unless a file is there that an error calls what.
func there(what, path string) error {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New(what + " has been removed")
	}
	if err != nil {
		return fmt.Errorf("look for %s: %w", what, redact.Paths(err))
	}
	return nil
}

// removed says that an action is not possible for want of files.
func removed(action string, id run.ID, err error, advice string) error {
	return &Refusal{&problem.Error{Op: action, Object: fmt.Sprintf("run %.8s", id), Cause: err, Advice: advice}}
}

// Refusal is an action that is not possible for another reason than a state.
type Refusal struct{ error }

// Unwrap returns the reason.
func (r *Refusal) Unwrap() error { return r.error }
