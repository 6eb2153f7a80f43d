package spool

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/raddeploy/raddeploy/core/run"
)

// mostMade is how many files are made at once at the most.
const mostMade = 16

// aLot is how many files of an arrival make it likely that more will come, so that
// they are made beside the receiving as soon as only a few are left.
const (
	aLot = 16
	few  = 4
)

// Folder is the folder of an arrival that is being received. It may be used by
// many goroutines.
//
// To sync the folder for each new file would cost a third of the rate at which
// objects can be received. So files are made in advance, empty, more at a time
// the more have come, and one sync makes the entries of all of them durable. An
// arrival that ends leaves some unused, which cost as much as to remove them.
type Folder struct {
	name string
	path string
	dir  *os.File

	beginnings sync.Pool // of *[beginningSize]byte

	mu    sync.Mutex
	made  int         // files so far, those that are being made too
	ready []*os.File  // files whose entries are durable, and which are not used yet
	next  chan *batch // gives the files that are being made; nil = none are
}

// batch is some new files, or why there are none.
type batch struct {
	files []*os.File
	err   error
}

// Folder makes the folder of a new arrival.
func (s *Spool) Folder(arrival run.ArrivalID) (*Folder, error) {
	f := &Folder{name: string(arrival), path: s.Path(string(arrival))}
	if err := os.Mkdir(f.path, 0o755); err != nil {
		return nil, err
	}
	if err := SyncDir(s.objects); err != nil {
		return nil, err
	}
	dir, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	f.dir = dir
	return f, nil
}

// Create returns the file for the next object. Its entry in the folder is on
// stable storage.
func (f *Folder) Create() (*File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.ready) == 0 {
		made := f.await()
		if made.err != nil {
			return nil, made.err
		}
		f.ready = made.files
	}
	file := f.ready[0]
	f.ready = f.ready[1:]
	if f.next == nil && f.made >= aLot && len(f.ready) <= few {
		f.begin()
	}
	return &File{Name: file.Name()[len(f.path)-len(f.name):], file: file, folder: f}, nil
}

// beginning returns memory for the beginning of a file.
func (f *Folder) beginning() *[beginningSize]byte {
	if b, ok := f.beginnings.Get().(*[beginningSize]byte); ok {
		return b
	}
	return new([beginningSize]byte)
}

// begin begins to make files, three times as many as there are already, within
// limits.
func (f *Folder) begin() {
	first, n := f.made+1, min(max(3*f.made, 1), mostMade)
	f.made += n
	next := make(chan *batch, 1)
	f.next = next
	go func() { next <- f.prepare(first, n) }()
}

// await returns the files that are being made, or makes some.
func (f *Folder) await() *batch {
	if f.next == nil {
		f.begin()
	}
	made := <-f.next
	f.next = nil
	return made
}

// prepare makes n files and makes their entries durable.
func (f *Folder) prepare(first, n int) *batch {
	made := &batch{}
	for i := range n {
		file, err := os.OpenFile(fmt.Sprintf("%s/%06d.dcm", f.path, first+i), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o644)
		if err != nil {
			made.err = err
			break
		}
		made.files = append(made.files, file)
	}
	if made.err == nil {
		made.err = f.dir.Sync()
	}
	if made.err != nil {
		made.err = errors.Join(made.err, drop(made.files))
	}
	return made
}

// Close releases the folder and removes the files that were not used. The
// others stay.
func (f *Folder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	if f.next != nil {
		if made := f.await(); made.err == nil { // else they are gone
			errs = append(errs, drop(made.files))
		}
	}
	errs = append(errs, drop(f.ready), f.dir.Close())
	f.ready = nil
	return errors.Join(errs...)
}

func drop(files []*os.File) error {
	var errs []error
	for _, file := range files {
		errs = append(errs, file.Close(), os.Remove(file.Name()))
	}
	return errors.Join(errs...)
}
