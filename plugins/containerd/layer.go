package containerd

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// way is how an input becomes private.
type way uint8

const (
	copied  way = iota
	layered     // as the lower layer of an overlay
	// the same, and at its end nobody waits until the disk has what the
	// container wrote into its input
	volatile
)

// layer knows on which file systems an overlay can have its upper layer. It
// finds out by mounting one, once for each.
type layer struct {
	never bool

	mu    sync.Mutex
	works map[uint64]way // by the file system's number
}

func newLayer(never bool) *layer { return &layer{never: never, works: map[uint64]way{}} }

// way tells how the inputs of an attempt with this folder become private.
func (l *layer) way(workDir string) way {
	var info syscall.Stat_t
	if l.never || workDir == "" || syscall.Stat(workDir, &info) != nil {
		return copied
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	works, known := l.works[info.Dev]
	if !known {
		for works = volatile; works != copied && !tryOverlay(workDir, works); works-- {
		}
		l.works[info.Dev] = works
	}
	return works
}

// fails notes that the runtime could not do it after all. It tells whether the
// error is one of that kind.
func (l *layer) fails(workDir string, err error) bool {
	said := err.Error()
	if !strings.Contains(said, "overlay") || !strings.Contains(said, "mount") {
		return false
	}
	if strings.Contains(said, "no such device") || strings.Contains(said, "not permitted") {
		var info syscall.Stat_t
		if syscall.Stat(workDir, &info) == nil {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.works[info.Dev] = copied
		}
	}
	return true
}

func overlayOptions(lower, upper, work string, as way) []string {
	options := []string{"lowerdir=" + lower, "upperdir=" + upper, "workdir=" + work}
	if as == volatile {
		options = append(options, "volatile")
	}
	return options
}

// tryOverlay mounts an overlay in a folder, and looks whether it takes a file.
// A process that may not mount leaves it to the runtime, which may.
func tryOverlay(folder string, as way) bool {
	probe, err := os.MkdirTemp(folder, "overlay-")
	if err != nil {
		return false
	}
	defer os.RemoveAll(probe)
	in := func(name string) string { return filepath.Join(probe, name) }
	for _, name := range []string{"lower", "upper", "work", "merged"} {
		if err := os.Mkdir(in(name), 0o755); err != nil {
			return false
		}
	}
	options := strings.Join(overlayOptions(in("lower"), in("upper"), in("work"), as), ",")
	if err := unix.Mount("overlay", in("merged"), "overlay", 0, options); err != nil {
		return err == unix.EPERM && as == layered
	}
	defer func() { _ = unix.Unmount(in("merged"), unix.MNT_DETACH) }()
	return os.WriteFile(in("merged/x"), []byte("x"), 0o600) == nil
}
