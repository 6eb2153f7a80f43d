package api

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/core/deliver"
	"github.com/raddeploy/raddeploy/core/picture"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
)

// pictured is an arrival or run of which there may be pictures.
type pictured struct {
	key  string // what its pictures are known by, which changes with its objects
	name string // for people
	none string // why there are no pictures
	list func(context.Context) ([]*picture.Object, error)
	open func(*picture.Object) (*os.File, error)
}

const removed = "Its files were removed on %s, as the site's retention says. There are no pictures any more."

func arrivalObjects(s *Server, a run.Arrival) *pictured {
	of := &pictured{key: fmt.Sprint("arrival ", a.ID, a.Objects), name: "arrival " + string(a.ID), open: s.openInput}
	switch {
	case !a.FilesRemoved.IsZero():
		of.none = fmt.Sprintf(removed, a.FilesRemoved.Format(time.DateTime))
	case a.State == run.ArrivalReceiving:
		of.none = "It is being received. Its pictures stand here when it is complete."
	}
	of.list = func(ctx context.Context) ([]*picture.Object, error) {
		objects, err := s.from.DB.Objects(ctx, a.ID)
		return inputs(objects), err
	}
	return of
}

func inputs(objects []run.Object) []*picture.Object {
	return convert(objects, func(o run.Object) *picture.Object { return &picture.Object{File: o.File} })
}

// runObjects are the inputs of a run and, when its tasks have ended, what it wrote.
func runObjects(s *Server, r run.Run) *pictured {
	of := &pictured{key: fmt.Sprint("run ", r.ID, r.Selected, r.Finished.UnixNano()), name: "run " + string(r.ID)}
	if !r.FilesRemoved.IsZero() {
		of.none = fmt.Sprintf(removed, r.FilesRemoved.Format(time.DateTime))
	}
	of.list = func(ctx context.Context) ([]*picture.Object, error) {
		objects, err := s.from.DB.SelectedObjects(ctx, r.ID)
		all := inputs(objects)
		if err != nil || r.Finished.IsZero() {
			return all, err
		}
		written, err := s.outputs(ctx, r.ID)
		for _, file := range written {
			all = append(all, &picture.Object{File: file, Output: true})
		}
		return all, err
	}
	of.open = func(o *picture.Object) (*os.File, error) {
		if !o.Output {
			return s.openInput(o)
		}
		// a link that leads out of the run's folder is not followed
		root, err := os.OpenRoot(s.from.Spool.Runs().Run(r.ID))
		if err != nil {
			return nil, err
		}
		defer root.Close()
		return regularFile(root.OpenFile(o.File, os.O_RDONLY|syscall.O_NONBLOCK, 0))
	}
	return of
}

func (s *Server) openInput(o *picture.Object) (*os.File, error) {
	return regularFile(os.OpenFile(s.from.Spool.Path(o.File), os.O_RDONLY|syscall.O_NONBLOCK, 0))
}

var errNotRegular = errors.New("not a regular file")

// regularFile closes what is not one.
func regularFile(file *os.File, err error) (*os.File, error) {
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(errNotRegular, err, file.Close())
	}
	return file, nil
}

// outputs are the files of a run's outputs that are sent.
func (s *Server) outputs(ctx context.Context, id run.ID) (files []string, err error) {
	runs := s.from.Spool.Runs()
	folders, err := deliver.Outputs(ctx, s.from.DB, runs, id)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(runs.Run(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	defer root.Close()
	for _, folder := range folders {
		below, err := deliver.RegularFiles(root, folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a task that did not run wrote nothing
			return nil, err
		}
		files = append(files, below...)
	}
	return files, nil
}

// described is what is in the files of an arrival or run.
type described struct {
	mu     sync.Mutex
	done   bool
	series []*picture.Series
	notes  []string
}

// drawn are the arrivals and runs whose pictures were looked at of late: a slider
// through a series does not read the headers of all of its objects at each step.
type drawn struct {
	mu  sync.Mutex
	all map[string]*described
}

// Bounds of what is described, and of how much of that is kept.
const (
	mostDescribed = 5000 // objects
	mostDrawn     = 16
)

// of describes the objects of an arrival or run: once, unless a fault of this machine
// keeps it from reading them.
func (d *drawn) of(ctx context.Context, of *pictured) (*described, error) {
	one := d.get(of.key)
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.done {
		return one, nil
	}
	objects, err := of.list(ctx)
	if err != nil {
		return nil, err
	}
	var notes []string
	if more := len(objects) - mostDescribed; more > 0 {
		objects, notes = objects[:mostDescribed], append(notes, problem.Counted(more, "object")+" beyond the first 5,000 are not looked at.")
	}
	var read []*picture.Object
	faults := 0
	for _, o := range objects {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if described, err := describe(of, o); err == nil {
			read = append(read, described)
		} else if !lasting(err) {
			faults++
		}
	}
	if unread := len(objects) - len(read) - faults; unread > 0 {
		notes = append(notes, problem.Counted(unread, "file")+" cannot be read as objects.")
	}
	if faults > 0 {
		notes = append(notes, problem.Counted(faults, "file")+" could not be opened or read this time.")
	}
	list := picture.SeriesOf(read)
	if list.Cut != "" {
		notes = append(notes, list.Cut)
	}
	for _, o := range list.Homeless {
		notes = append(notes, fmt.Sprintf("The images that a %s is of are not among these objects, so it is not drawn.", o.Modality))
	}
	if faults > 0 {
		return &described{series: list.Series, notes: notes}, nil
	}
	one.done, one.series, one.notes = true, list.Series, notes
	return one, nil
}

// lasting reports whether an object cannot be described however often it is tried: the
// machine's faults, such as too many open files, come with an error number.
func lasting(err error) bool {
	number := syscall.Errno(0)
	return !errors.As(err, &number) || number == syscall.ENOENT
}

func describe(of *pictured, o *picture.Object) (*picture.Object, error) {
	file, err := of.open(o)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	found, err := picture.Describe(file)
	found.File, found.Output = o.File, o.Output
	return &found, err
}

// get returns what is known by a key, and forgets another one where there are many.
func (d *drawn) get(key string) *described {
	d.mu.Lock()
	defer d.mu.Unlock()
	if one, ok := d.all[key]; ok {
		return one
	}
	if d.all == nil {
		d.all = map[string]*described{}
	}
	for other := range d.all {
		if len(d.all) < mostDrawn {
			break
		}
		delete(d.all, other)
	}
	d.all[key] = &described{}
	return d.all[key]
}
