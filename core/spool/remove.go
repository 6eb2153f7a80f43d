package spool

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/redact"
	"github.com/raddeploy/raddeploy/core/run"
)

// Remove removes a folder with all that is in it, folders too that a container
// has closed. It need not be there. What belongs to another user can only be
// removed by root: then the error says what to do. It is not made durable.
func Remove(folder string) error {
	err := syscall.Rmdir(folder) // many are empty
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	r, err := newRemover(filepath.Dir(folder), func() error { return nil })
	if err != nil {
		return err
	}
	defer r.root.Close()
	r.tree(filepath.Base(folder))
	return advised(r.done.Err)
}

// advised says what to do about what belongs to another user.
func advised(err error) error {
	if errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0 {
		return &problem.Error{Cause: err,
			Advice: `a container wrote it as another user: remove it as root; run the agent as root, or let the executor copy (config { mounts = "copy" })`}
	}
	return err
}

// RemoveObjects removes files of objects of an arrival, and the folders that are
// empty then: that of the arrival too, unless open says of the one of a folder's
// name that it is being received.
func (s *Spool) RemoveObjects(arrival run.ArrivalID, files []string, open func(run.ArrivalID) bool, step Step) Removed {
	r, err := newRemover(s.objects, step)
	if err != nil {
		return Removed{Kept: len(files), Err: redact.Paths(err)}
	}
	defer r.root.Close()
	folders := map[string]bool{string(arrival): true}
	for _, file := range files {
		if r.stopped != nil {
			break
		}
		folders[path.Dir(file)] = true // another arrival may have brought it
		r.file(file)
	}
	for folder := range folders {
		if folder != "." && !open(run.ArrivalID(folder)) {
			_ = r.root.Remove(folder) // it is not empty, or gone
		}
	}
	return r.result(s.objects)
}

// RemoveOutputs removes all files of a run but what its attempts printed, and
// the folders that get empty by that.
func (r Runs) RemoveOutputs(id run.ID, step Step) Removed {
	return r.remove(string(id), step, func(name string) bool { return !isLog(name) })
}

// RemoveLogs removes what the attempts of a run printed, and the folders that
// get empty by that. Sure is called once it is known which attempts there are: an
// attempt that begins later keeps what it prints. Its error ends the removal there.
func (r Runs) RemoveLogs(id run.ID, sure func() error, step Step) Removed {
	remover, err := newRemover(r.Dir, step)
	if err != nil {
		return Removed{Kept: 1, Err: redact.Paths(err)}
	}
	defer remover.root.Close()
	remover.logs(string(id), sure)
	return remover.result(r.Dir)
}

// isLog reports whether a path below the folder of runs is that of a stream of
// an attempt.
func isLog(name string) bool {
	parts := strings.Split(name, "/")
	return len(parts) == 3 && isTry(parts[1]) && (parts[2] == "stdout" || parts[2] == "stderr")
}

// isTry reports whether a name is that of an attempt's folder: see [Runs.Try].
func isTry(name string) bool {
	task, number, found := strings.Cut(name, "-")
	_, err := strconv.Atoi(task)
	_, err2 := strconv.Atoi(number)
	return found && err == nil && err2 == nil
}

func (r Runs) remove(name string, step Step, which func(string) bool) Removed {
	remover, err := newRemover(r.Dir, step)
	if err != nil {
		return Removed{Kept: 1, Err: redact.Paths(err)}
	}
	defer remover.root.Close()
	remover.which = which
	remover.tree(name)
	return remover.result(r.Dir)
}
