package engine

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// overlays knows on which file systems of this host an overlay can have its
// upper layer. It finds out by mounting one, once for each. The zero value knows
// none yet.
type overlays struct {
	mu    sync.Mutex
	works map[uint64]tried // by the file system's number
	try   func(folder string, as Way) bool
}

// tried is what came of trying a file system.
type tried struct {
	best Way
	at   time.Time
}

// tryAgain is how long it counts that overlays do not work as well as they could: a
// module may be loaded, or a disk that was full have room.
const tryAgain = 10 * time.Minute

// way tells how the inputs of an attempt with this folder become private best.
func (o *overlays) way(workDir string) Way {
	var info syscall.Stat_t
	if workDir == "" || syscall.Stat(workDir, &info) != nil {
		return Copied
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	before, known := o.works[info.Dev]
	if known && (before.best == Volatile || time.Since(before.at) < tryAgain) {
		return before.best
	}
	try := o.try
	if try == nil {
		try = tryOverlay
	}
	best := Volatile
	for best != Copied && !try(workDir, best) {
		best--
	}
	o.setLocked(info.Dev, best)
	return best
}

// fails records that a runtime could not mount an overlay in this folder after
// all, by what it said. It tells whether the error is one of that kind.
func (o *overlays) fails(workDir, said string) bool {
	if !strings.Contains(said, "overlay") || !strings.Contains(said, "mount") {
		return false
	}
	if strings.Contains(said, "no such device") || strings.Contains(said, "not permitted") {
		var info syscall.Stat_t
		if syscall.Stat(workDir, &info) == nil {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.setLocked(info.Dev, Copied)
		}
	}
	return true
}

func (o *overlays) setLocked(device uint64, way Way) {
	if o.works == nil {
		o.works = map[uint64]tried{}
	}
	o.works[device] = tried{way, time.Now()}
}

// OverlayOptions are the options with which an overlay of a mount is mounted.
func (m Mount) OverlayOptions() []string {
	options := []string{"lowerdir=" + m.Source, "upperdir=" + m.Upper, "workdir=" + m.Work}
	if m.Volatile {
		options = append(options, "volatile")
	}
	if m.Metacopy {
		options = append(options, "metacopy=on")
	}
	return options
}

// tryOverlay mounts an overlay in a folder, and looks whether it takes a file.
// A process that may not mount leaves it to the runtime, which may.
func tryOverlay(folder string, as Way) bool {
	removeTries(folder)
	probe, err := os.MkdirTemp(folder, tryPrefix)
	if err != nil {
		return false
	}
	defer os.RemoveAll(probe)
	works := make(chan bool)
	go func() {
		runtime.LockOSThread() // for good: the thread ends here, and its mounts with it
		works <- mountOverlay(probe, as)
	}()
	return <-works
}

// mountOverlay is tryOverlay in a mount namespace of this thread alone. So the mount
// ends with the process, also when that is killed.
func mountOverlay(probe string, as Way) bool {
	in := func(name string) string { return filepath.Join(probe, name) }
	for _, name := range []string{"lower", "upper", "work", "merged"} {
		if err := os.Mkdir(in(name), 0o755); err != nil {
			return false
		}
	}
	options := strings.Join(Mount{Source: in("lower"), Upper: in("upper"), Work: in("work"), Volatile: as == Volatile}.OverlayOptions(), ",")
	err := unix.Unshare(unix.CLONE_NEWNS)
	if err == nil {
		err = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	}
	if err == nil {
		err = unix.Mount("overlay", in("merged"), "overlay", 0, options)
	}
	if err != nil {
		return err == unix.EPERM && as == Layered
	}
	return os.WriteFile(in("merged/x"), []byte("x"), 0o600) == nil
}

// tryPrefix begins the names of the folders in which overlays are tried.
const tryPrefix = "overlay-"

// removeTries removes what tries of processes left that were killed. Those of the last
// minute may be another's.
func removeTries(folder string) {
	old, _ := filepath.Glob(filepath.Join(folder, tryPrefix+"*"))
	for _, probe := range old {
		if info, err := os.Stat(probe); err == nil && time.Since(info.ModTime()) > time.Minute {
			_ = unix.Unmount(filepath.Join(probe, "merged"), unix.MNT_DETACH) // by earlier versions
			_ = os.RemoveAll(probe)
		}
	}
}
