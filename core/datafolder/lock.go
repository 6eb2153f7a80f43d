package datafolder

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/problem"
)

// lockFile is the file of a data folder that its agent has locked. It stays.
const lockFile = "lock"

// lock takes a data folder for this process alone. The lock ends with the
// process, however it ends.
func lock(dir string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, &problem.Error{Op: "lock data folder", Object: dir, Cause: err}
	}
	err = wake.Soon(unix.EWOULDBLOCK, func() error { return unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) })
	if err != nil {
		file.Close()
		return nil, problem.New("data folder "+dir+" is in use by another agent", "end that one, or give this one another data_dir")
	}
	return file, nil
}
