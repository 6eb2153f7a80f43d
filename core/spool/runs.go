package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/run"
)

// Runs says where the files of runs are.
//
//	<dir>/<run>/src/                    the selected objects
//	<dir>/<run>/<task>-<try>/out/NAME/  what the try wrote to output NAME
//	<dir>/<run>/<task>-<try>/work/      the executor's
//	<dir>/<run>/<task>-<try>/stdout     what it printed (package logs), and stderr
type Runs struct{ Dir string }

// RunsIn returns the runs of the spool below a folder, without opening it.
func RunsIn(dir string) Runs { return Runs{Dir: filepath.Join(dir, "runs")} }

// Run is the folder of a run.
func (r Runs) Run(id run.ID) string { return filepath.Join(r.Dir, string(id)) }

// Src is the folder of a run's selected objects.
func (r Runs) Src(id run.ID) string { return filepath.Join(r.Run(id), "src") }

// Source lists the files of a run's src by their paths below it, in sorted
// order: none before they are laid, and after they are removed.
func (r Runs) Source(id run.ID) []string {
	var files []string
	src := r.Src(id)
	_ = filepath.WalkDir(src, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, strings.TrimPrefix(path, src+string(filepath.Separator)))
		}
		return nil // what cannot be read is not there
	})
	return files
}

// Try is the folder of one attempt.
func (r Runs) Try(id run.ID, task, number int) string {
	return filepath.Join(r.Dir, string(id), strconv.Itoa(task)+"-"+strconv.Itoa(number))
}

// Output is the folder of one output of one attempt.
func (r Runs) Output(id run.ID, task, number int, name string) string {
	return filepath.Join(r.outputs(id, task, number), name)
}

func (r Runs) outputs(id run.ID, task, number int) string {
	return filepath.Join(r.Try(id, task, number), "out")
}

// Work is the folder of the executor of one attempt.
func (r Runs) Work(id run.ID, task, number int) string {
	return filepath.Join(r.Try(id, task, number), "work")
}

// Log is the file of one stream of one attempt: "stdout" or "stderr".
func (r Runs) Log(id run.ID, task, number int, stream string) string {
	return filepath.Join(r.Try(id, task, number), stream)
}

// LayRun makes the folder of a run, if it is not there.
func (r Runs) LayRun(id run.ID) error {
	err := os.Mkdir(r.Run(id), 0o755)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case errors.Is(err, fs.ErrNotExist): // nor is that of all runs
		return os.MkdirAll(r.Run(id), 0o755)
	}
	return err
}

// Lay makes the folders of an attempt, empty. The outputs are writable for
// whatever user the container runs as.
func (r Runs) Lay(id run.ID, task, number int, outputs []string) error {
	try := r.Try(id, task, number)
	err := os.Mkdir(try, 0o755)
	if errors.Is(err, fs.ErrNotExist) {
		if err := r.LayRun(id); err != nil {
			return err
		}
		err = os.Mkdir(try, 0o755)
	}
	again := errors.Is(err, fs.ErrExist)
	if err != nil && !again {
		return err
	}
	for _, part := range []string{r.outputs(id, task, number), r.Work(id, task, number)} {
		if again { // what an earlier agent has begun
			if err := Remove(part); err != nil {
				return err
			}
		}
		if err := os.Mkdir(part, 0o755); err != nil {
			return err
		}
	}
	for _, name := range outputs {
		folder := r.Output(id, task, number, name)
		if err := os.Mkdir(folder, 0o777); err != nil {
			return err
		}
		if err := os.Chmod(folder, 0o777); err != nil { // whatever the umask
			return err
		}
	}
	return nil
}
