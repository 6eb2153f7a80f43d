package datafolder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/spool"
	"github.com/raddeploy/raddeploy/core/state"
)

// copyPattern names the files in which copies of the database are made.
const copyPattern = "copy-*.tmp"

// ErrCopying is returned while another copy of the database is being made.
var ErrCopying = errors.New("a back-up is being made already")

// ErrNoRoom is returned if a copy does not fit on the disk.
var ErrNoRoom = errors.New("not enough room")

// Copy returns a copy of the state database, as it was committed when Copy
// began. The copy has no name any more and goes when the caller closes it. The
// disk must have room for it beside keep bytes that stay free.
func (f *Folder) Copy(ctx context.Context, keep uint64) (*os.File, error) {
	if !f.copying.TryLock() {
		return nil, ErrCopying
	}
	defer f.copying.Unlock()
	size, err := f.DB.Size(ctx)
	if err != nil {
		return nil, err
	}
	if err := CheckRoom(f.dir, size+keep); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(f.dir, copyPattern) // mode 0600
	if err != nil {
		return nil, err
	}
	err = f.DB.Backup(ctx, file.Name())
	if err = errors.Join(err, os.Remove(file.Name())); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// CopyFrom writes a copy of the state database of a data folder to an empty
// file, whether or not an agent runs there.
func CopyFrom(ctx context.Context, dir, to string) error {
	path := DatabaseIn(dir)
	isNew, err := state.IsNew(ctx, path)
	if err != nil {
		return err
	}
	if isNew {
		return problem.New(path+" is missing or empty", "see data_dir in the configuration")
	}
	file, err := state.OpenFile(path)
	if err != nil {
		return err
	}
	size, err := file.Size(ctx)
	if err == nil {
		err = CheckRoom(filepath.Dir(to), size)
	}
	if err == nil {
		err = file.Backup(ctx, to)
	}
	return errors.Join(err, file.Close())
}

// ReportOn looks at the state database of a data folder, whether or not an agent works
// there.
func ReportOn(ctx context.Context, dir string) (state.Report, error) {
	file, err := state.OpenFile(DatabaseIn(dir))
	if err != nil {
		return state.Report{}, err
	}
	report, err := file.Report(ctx)
	return report, errors.Join(err, file.Close())
}

// CheckCopy reads a copy of a state database as a restore would, and returns
// what is wrong with it.
func CheckCopy(ctx context.Context, path string) error {
	file, err := state.OpenFile(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Check(ctx), file.Close())
}

// removeCopies removes what a process left that was killed while it made a copy.
func (f *Folder) removeCopies() error {
	left, err := filepath.Glob(filepath.Join(f.dir, copyPattern))
	for _, path := range left {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// CheckRoom returns an error unless so many bytes can be written to a folder.
func CheckRoom(dir string, bytes uint64) error {
	free, err := spool.FreeIn(dir)()
	if err != nil {
		return err
	}
	if free < bytes {
		return &problem.Error{
			Op: dir, Cause: fmt.Errorf("%w: %d bytes are free, and %d are needed", ErrNoRoom, free, bytes), Advice: "make room, or choose another disk",
		}
	}
	return nil
}
