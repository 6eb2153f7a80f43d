package execute

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// away is an executor that cannot remove anything at first.
type away struct {
	*scripted
	err error
}

func (a *away) Remove(context.Context, sdk.AttemptID) error { return a.err }

// The working folder of an attempt goes when its executor has removed it, not
// before: the task may be writing to it. What it wrote for others stays.
func TestForgetRemovesTheWorkingFolder(t *testing.T) {
	engine, _ := received(t)
	engine.Logger = hclog.NewNullLogger()
	executor := &away{&scripted{}, errors.New("engine is away")}
	engine.Executor = func(string) Executor { return executor }
	id := run.NewID()
	check(t, engine.Layout.Lay(id, 3, 2, []string{"dst"}))
	copied := filepath.Join(engine.Layout.Work(id, 3, 2), "copied")
	result := filepath.Join(engine.Layout.Output(id, 3, 2, "dst"), "result")
	for _, file := range []string{copied, result} {
		check(t, os.WriteFile(file, nil, 0o644))
	}
	if err := engine.Forget(t.Context(), "docker", run.AttemptOf(id, 3, 2)); err == nil {
		t.Error("an executor that is away has removed an attempt")
	}
	if _, err := os.Stat(copied); err != nil {
		t.Errorf("the working folder of an attempt that may be there: %v", err)
	}
	executor.err = nil
	for range 2 {
		check(t, engine.Forget(t.Context(), "docker", run.AttemptOf(id, 3, 2)))
	}
	if _, err := os.Stat(engine.Layout.Work(id, 3, 2)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the working folder of an attempt that is removed: %v", err)
	}
	if _, err := os.Stat(result); err != nil {
		t.Errorf("its output: %v", err)
	}
}
