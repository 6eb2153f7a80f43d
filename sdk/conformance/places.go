package conformance

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// hold is longer than any case: what does it is stopped.
var hold = sleep(10 * time.Minute)

// ready is the step that [attempt.ready] waits for.
var ready = printed(sdk.Stderr, "ready\n")

// ready waits until the task has done the step ready. An executor that keeps no
// logs cannot be asked: there it is a second that has to do.
func (a *attempt) ready() {
	a.running()
	if !a.t.run.description.Capabilities.Logs {
		a.t.run.clock.sleep(a.t.ctx, time.Second)
		return
	}
	ctx, cancel := a.t.patience()
	defer cancel()
	err := a.read(ctx, sdk.LogRequest{Stream: sdk.Stderr, Follow: true}, func(sdk.LogChunk) error { return errEnough })
	if err != errEnough {
		a.t.fatal("the task runs, but what it writes does not come: Logs, following: %v", err)
	}
}

func with(mounts ...sdk.Mount) func(*sdk.Task) {
	return func(task *sdk.Task) { task.Mounts = append(task.Mounts, mounts...) }
}

func input(source, target string) sdk.Mount {
	return sdk.Mount{Role: sdk.Input, Name: "src" + filepath.Base(target), Source: source, Target: target}
}

func output(source, target string) sdk.Mount {
	return sdk.Mount{Role: sdk.Output, Name: "dst" + filepath.Base(target), Source: source, Target: target}
}

func static(source, target string) sdk.Mount {
	return sdk.Mount{Role: sdk.Static, Name: "static" + filepath.Base(target), Source: source, Target: target}
}

func scratch(target string) sdk.Mount {
	return sdk.Mount{Role: sdk.Scratch, Name: "scratch" + filepath.Base(target), Target: target}
}

// contents reads the files of a folder, by their paths in it. A folder is there
// with a slash behind its name, a symlink with what it holds.
func contents(folder string) (map[string]string, error) {
	found := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(folder, path)
		switch {
		case err != nil:
			return err
		case name == ".":
			return nil
		case entry.IsDir():
			found[name+"/"] = ""
			return nil
		case entry.Type() == fs.ModeSymlink:
			target, err := os.Readlink(path)
			found[name] = "-> " + target
			return err
		}
		data, err := os.ReadFile(path)
		found[name] = string(data)
		return err
	})
	return found, err
}

// wantContents notes if a folder of the agent's does not hold exactly these files.
func (t *trial) wantContents(what, folder string, want map[string]string) {
	got, err := contents(folder)
	if err != nil {
		t.fail("%s cannot be read: %v", what, err)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if text, ok := got[name]; !ok {
			t.fail("%s: %s is not there", what, name)
		} else if text != want[name] {
			t.fail("%s: %s holds %.100q; want %.100q", what, name, text, want[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			t.fail("%s: there is also %s", what, name)
		}
	}
}
