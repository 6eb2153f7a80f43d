package execute

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// shared is work that serves whoever asks before it begins, such as to write a
// file system to the disk: that takes the same time for the outputs of one
// attempt as for those of many, and two at once slow each other down. It is
// done once at a time.
type shared struct {
	work func() error
	busy chan struct{} // holds something while it is done

	mu   sync.Mutex
	next *turn // not begun yet; nil: nobody waits for one
}

func newShared(work func() error) *shared {
	return &shared{work: work, busy: make(chan struct{}, 1)}
}

// turn is the work done once, for several callers.
type turn struct {
	done chan struct{}
	err  error
}

// do returns when the work has been done from its beginning to its end.
func (s *shared) do() error {
	s.mu.Lock()
	if mine := s.next; mine != nil {
		s.mu.Unlock()
		<-mine.done
		return mine.err
	}
	mine := &turn{done: make(chan struct{})}
	s.next = mine
	s.mu.Unlock()

	s.busy <- struct{}{}
	defer func() { <-s.busy }()
	s.mu.Lock()
	s.next = nil // it begins: who comes now may have written what it does not see
	s.mu.Unlock()
	mine.err = s.work()
	close(mine.done)
	return mine.err
}

// syncFileSystem writes everything that is waiting on a folder's file system to
// the disk: one call, however many files.
func syncFileSystem(folder string) error {
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer dir.Close()
	return unix.Syncfs(int(dir.Fd()))
}

// synced writes the file system of the runs to the disk.
func (e *Engine) synced() *shared {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.syncs == nil {
		e.syncs = newShared(func() error { return syncFileSystem(e.Layout.Dir) })
	}
	return e.syncs
}
