package slurm

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/job"
	"github.com/raddeploy/raddeploy/sdk"
)

// workDir is where the attempts' folders are: on the shared file system, which
// may not be mounted. Then its empty mount point looks like a folder without
// attempts, whose jobs would be submitted again. So a folder that is used bears
// a mark, and the agent's host knows which folder does.
type workDir struct {
	path string // of the folder
	note string // path of the file that names it, on the agent's host
}

// mark is the file in a folder that is used.
const mark = ".used"

// openWorkDir makes the folder, and marks it the first time. Own is a folder on
// the agent's host. An error means that it cannot be used at all.
func openWorkDir(path, own string) (*workDir, error) {
	if err := errors.Join(os.MkdirAll(path, 0o700), os.MkdirAll(own, 0o700)); err != nil {
		return nil, err
	}
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	w := &workDir{path: resolved, note: filepath.Join(own, "work_dir")}
	if known, err := os.ReadFile(w.note); err == nil && string(known) == path {
		return w, nil
	}
	return w, errors.Join(job.Folder(resolved).Write(mark, nil), job.Folder(own).Write(filepath.Base(w.note), []byte(path)))
}

// missing is nil if the folder is the one that has been used all along, so that
// what is not in it is nowhere.
func (w *workDir) missing() error {
	_, err := os.Stat(filepath.Join(w.path, mark))
	if errors.Is(err, fs.ErrNotExist) {
		return sdk.Errorf(sdk.Unavailable, "work_dir: %s is not the folder that was used before, which has a file %s: mount the shared file system; or, if all attempts may be forgotten, remove %s and start the agent again",
			w.path, mark, w.note)
	}
	return asError(err, "work_dir")
}
