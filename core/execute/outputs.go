package execute

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/raddeploy/raddeploy/core/problem"
)

// collect checks what an attempt wrote and makes it durable. A symbolic link
// that leads out of its output is refused: whoever reads the output would read
// a file of the host.
func (e *Engine) collect(folders map[string]string) error {
	for name, folder := range folders {
		if err := inspect(folder); err != nil {
			return fmt.Errorf("output %s %w", name, err)
		}
	}
	if len(folders) == 0 {
		return nil
	}
	return e.synced().do()
}

// refusedOutput is an output that no further try would make better.
type refusedOutput struct{ why string }

func (e *refusedOutput) Error() string { return e.why }

func inspect(folder string) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("cannot be read: %w", err)
		}
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
