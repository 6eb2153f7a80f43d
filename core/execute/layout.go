package execute

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/run"
)

// Layout says where the files of runs are.
//
//	<runs>/<run>/src/                     the selected objects
//	<runs>/<run>/<model>-<try>/config/    config.yaml
//	<runs>/<run>/<model>-<try>/out/NAME/  what the try wrote to output NAME
//	<runs>/<run>/<model>-<try>/work/      the executor's
//	<runs>/<run>/<model>-<try>/stdout     what it printed (package logs), and stderr
type Layout struct{ Runs string }

// Run is the folder of a run.
func (l Layout) Run(id run.ID) string { return filepath.Join(l.Runs, string(id)) }

// Src is the folder of a run's selected objects.
func (l Layout) Src(id run.ID) string { return filepath.Join(l.Run(id), "src") }

// Source lists the files of a run's src by their paths below it, in sorted
// order: none before they are laid, and after they are removed.
func (l Layout) Source(id run.ID) []string {
	var files []string
	src := l.Src(id)
	_ = filepath.WalkDir(src, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, strings.TrimPrefix(path, src+string(filepath.Separator)))
		}
		return nil // what cannot be read is not there
	})
	return files
}

// Try is the folder of one attempt.
func (l Layout) Try(id run.ID, task, number int) string {
	return filepath.Join(l.Run(id), strconv.Itoa(task)+"-"+strconv.Itoa(number))
}

// Output is the folder of one output of one attempt.
func (l Layout) Output(id run.ID, task, number int, name string) string {
	return filepath.Join(l.Try(id, task, number), "out", name)
}

// Log is the file of one stream of one attempt: "stdout" or "stderr".
func (l Layout) Log(id run.ID, task, number int, stream string) string {
	return filepath.Join(l.Try(id, task, number), stream)
}

// lay makes the folders of an attempt, empty. The outputs are writable for
// whatever user the container runs as.
func (l Layout) lay(id run.ID, task, number int, outputs []string) error {
	if err := os.MkdirAll(l.Run(id), 0o755); err != nil {
		return err
	}
	try := l.Try(id, task, number)
	err := os.Mkdir(try, 0o755)
	again := errors.Is(err, fs.ErrExist)
	if err != nil && !again {
		return err
	}
	for _, part := range []string{"out", "work", "config"} {
		part = filepath.Join(try, part)
		if again { // what an earlier agent has begun
			if err := os.RemoveAll(part); err != nil {
				return err
			}
		}
		if err := os.Mkdir(part, 0o755); err != nil {
			return err
		}
	}
	for _, name := range outputs {
		folder := filepath.Join(try, "out", name)
		if err := os.Mkdir(folder, 0o777); err != nil {
			return err
		}
		if err := os.Chmod(folder, 0o777); err != nil { // whatever the umask
			return err
		}
	}
	return nil
}
