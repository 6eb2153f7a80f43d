package execute

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/problem"
)

// collect checks what an attempt wrote and makes it durable, with what it
// printed. A symbolic link that leads out of its output is refused: a reader of
// the output would read a file of the host.
func (e *Engine) collect(job Job, printed bool) error {
	left, outputs := printed, job.outputs()
	for _, name := range outputs {
		wrote, err := inspect(e.Layout.Output(job.Run.ID, job.Attempt.Task, job.Attempt.Number, name))
		if err != nil {
			return fmt.Errorf("output %s %w", name, err)
		}
		left = left || wrote || job.read(name)
	}
	if !left || len(outputs) == 0 {
		return nil // empty folders that nobody opens
	}
	return e.synced().do()
}

// read tells whether somebody reads an output later: another task, or those
// whom it is sent to.
func (j Job) read(output string) bool {
	if strings.HasPrefix(output, flow.Dst) && len(j.Flow.Destinations)+len(j.Flow.ReturnToSenderOnPorts) > 0 {
		return true
	}
	return slices.ContainsFunc(j.Flow.Models, func(m flow.Model) bool {
		return slices.ContainsFunc(m.Inputs, func(input flow.Mount) bool { return input.Name == output })
	})
}

// refusedOutput is an output that no further try would make better.
type refusedOutput struct{ why string }

func (e *refusedOutput) Error() string { return e.why }

// inspect checks one output, and tells whether it holds anything.
func inspect(folder string) (wrote bool, err error) {
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("cannot be read: %w", err)
		}
		wrote = wrote || path != folder
		if entry.Type() != fs.ModeSymlink {
			return nil
		}
		target, err := os.Readlink(path)
		if err != nil {
			return fmt.Errorf("cannot be read: %w", err)
		}
		below, err := filepath.Rel(folder, filepath.Dir(path))
		if err != nil || leaves(below, target) {
			return &problem.Error{
				Cause:  &refusedOutput{"holds a symbolic link that leads outside of it"},
				Advice: "write the file itself, or a relative link to another file of the output",
			}
		}
		return nil
	})
	return wrote, err
}

// leaves reports whether a link's target, from a folder below an output's,
// could ever go above that: a container sees other folders there. A step up
// behind a name counts, since the name may be a link itself; with the others
// each being inside, so is every chain of them.
func leaves(below, target string) bool {
	depth := 0
	if below != "." {
		depth = strings.Count(below, "/") + 1
	}
	down := false
	for _, step := range strings.Split(target, "/") {
		switch step {
		case "", ".":
		case "..":
			depth--
			if down || depth < 0 {
				return true
			}
		default:
			down = true
		}
	}
	return filepath.IsAbs(target)
}
