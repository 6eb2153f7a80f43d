package datafolder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/spool"
	"github.com/raddeploy/raddeploy/core/state"
)

// Database is what the package needs of the state database.
type Database interface {
	FolderID(ctx context.Context) (string, error)
	SetFolderID(ctx context.Context, id string) error
}

// Folder is an open data folder.
type Folder struct {
	DB    *state.DB
	Spool *spool.Spool
	// ID is the folder's own, which stays the same for as long as it exists.
	ID string

	dir     string
	unknown atomic.Pointer[error] // what the database does not know of the folder
	lock    *os.File
	copying sync.Mutex // held while a copy of the database is made
}

// Open takes a data folder for this process alone, and makes it if it is
// missing.
func Open(ctx context.Context, dir string) (*Folder, error) {
	f := &Folder{dir: dir}
	if err := f.open(ctx); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (f *Folder) open(ctx context.Context) (err error) {
	if err := privateFolder(f.dir); err != nil {
		return err
	}
	if f.lock, err = lock(f.dir); err != nil {
		return err
	}
	if err := f.removeCopies(); err != nil {
		return err
	}
	path := DatabaseIn(f.dir)
	if err := refuseNew(ctx, f.dir, path); err != nil {
		return err
	}
	if f.DB, err = state.Open(ctx, path); err != nil {
		return err
	}
	if err := f.identify(ctx); err != nil {
		if broken := f.DB.Health(); broken != nil { // which says what to do
			return broken
		}
		return err
	}
	if f.Spool, err = spool.Open(f.dir); err != nil {
		return err
	}
	return privateFiles(f.dir)
}

// identify says whose the folder is, and in which boot of the host it is open.
func (f *Folder) identify(ctx context.Context) (err error) {
	if f.ID, err = identify(ctx, f.dir, f.DB); err != nil {
		return err
	}
	if id := boot(); id != "" {
		return f.DB.SetBoot(ctx, id)
	}
	return nil
}

// DatabaseIn is the path of the state database of a data folder.
func DatabaseIn(dir string) string { return filepath.Join(dir, "state.db") }

// Has reports whether a file is the state database of a data folder.
func Has(path string) bool {
	dir := filepath.Dir(path)
	_, err := os.Stat(filepath.Join(dir, lockFile))
	return err == nil && filepath.Clean(path) == DatabaseIn(dir)
}

// refuseNew refuses to begin with an empty database beside objects or runs: the
// database says what they are and what is still to be done with them.
func refuseNew(ctx context.Context, dir, path string) error {
	isNew, err := state.IsNew(ctx, path)
	if err != nil || !isNew {
		return err
	}
	held, err := spool.Held(dir)
	if err != nil || held == "" {
		return err
	}
	return problem.New(
		fmt.Sprintf("state database %s is missing or empty, and beside it there are %s", path, held),
		"restore a back-up of state.db (docs/operate.md, Back-up and restore); or, to begin anew without them, move the folders objects and runs away",
	)
}

// Watch looks once for what is broken, which takes a while in a big folder, and
// logs what it finds. Then and later [Folder.Problems] says it.
func (f *Folder) Watch(ctx context.Context, logger hclog.Logger) error {
	for _, check := range []func(context.Context) error{f.DB.Check, f.checkArrivals} {
		if err := check(ctx); err != nil && ctx.Err() == nil {
			logger.Error("data folder", problem.Fields("error", err)...)
		}
	}
	return nil
}

// checkArrivals looks for objects that were acknowledged and that the database
// does not know: it is an older copy. An arrival has its row before its folder.
func (f *Folder) checkArrivals(ctx context.Context) error {
	held, err := f.Spool.Arrivals()
	if err != nil {
		return err
	}
	unknown, err := f.DB.UnknownArrivals(ctx, held)
	if err != nil || len(unknown) == 0 {
		return err
	}
	err = &problem.Error{
		Op: "data folder", Object: f.dir,
		Cause:  fmt.Errorf("%s in objects, such as %s, unknown to the state database: it was restored from an older back-up", problem.Counted(len(unknown), "arrival"), unknown[0]),
		Advice: "send their objects again with `raddeploy dicom send`, and then move their folders away",
	}
	f.unknown.Store(&err)
	return err
}

// Problems are what is known to be broken of the folder, a line each.
func (f *Folder) Problems() []string {
	var all []string
	if err := f.DB.Health(); err != nil {
		all = append(all, err.Error())
	}
	if err := f.unknown.Load(); err != nil {
		all = append(all, (*err).Error())
	}
	return all
}

// Close closes the folder for other processes to take.
func (f *Folder) Close() error {
	var errs []error
	if f.DB != nil {
		errs = append(errs, f.DB.Close())
	}
	if f.lock != nil {
		errs = append(errs, f.lock.Close())
	}
	return errors.Join(errs...)
}
