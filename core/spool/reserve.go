package spool

import (
	"fmt"
	"io"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/sdk"
)

// Reserve compares the free space of a disk with the bytes of it that stay free.
// Whoever writes much asks it before and while it writes; whoever removes files
// asks it how much to remove. It may be used by many goroutines. Nil is a reserve
// of 0 bytes.
type Reserve struct {
	bytes atomic.Uint64
	free  func() (uint64, error)
}

// NewReserve returns a reserve of a number of bytes. Free tells how many bytes
// can still be written, see [FreeIn]. With a reserve of 0 bytes, writers go on
// until the disk itself refuses.
func NewReserve(bytes uint64, free func() (uint64, error)) *Reserve {
	r := &Reserve{free: free}
	r.Set(bytes)
	return r
}

// FreeIn returns a function that tells how many bytes can still be written to
// the file system of a folder.
func FreeIn(folder string) func() (uint64, error) {
	return func() (uint64, error) {
		var stat unix.Statfs_t
		if err := unix.Statfs(folder, &stat); err != nil {
			return 0, fmt.Errorf("free space of %s: %w", folder, err)
		}
		return stat.Bavail * uint64(stat.Bsize), nil
	}
}

// TotalIn is how many bytes the file system of a folder has, used or free.
func TotalIn(folder string) (uint64, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(folder, &stat); err != nil {
		return 0, fmt.Errorf("size of the file system of %s: %w", folder, err)
	}
	return stat.Blocks * uint64(stat.Bsize), nil
}

// Bytes is how many bytes stay free.
func (r *Reserve) Bytes() uint64 {
	if r == nil {
		return 0
	}
	return r.bytes.Load()
}

// Set changes how many bytes stay free.
func (r *Reserve) Set(bytes uint64) { r.bytes.Store(bytes) }

// Free is how many bytes can still be written, those of the reserve too.
func (r *Reserve) Free() (uint64, error) { return r.free() }

// Room is how many bytes can be written before only the reserve is free, or why
// none can: the error of Check.
func (r *Reserve) Room() (uint64, error) {
	if err := r.Check(); err != nil {
		return 0, err
	}
	free, err := r.Free()
	return free - min(free, r.Bytes()), err
}

// Missing is how many bytes have to be removed until so many times the reserve
// are free; 0: they are. A cleaner asks for twice the reserve before writers are
// refused at once the reserve.
func (r *Reserve) Missing(times uint64) (uint64, error) {
	want := times * r.Bytes()
	if want == 0 {
		return 0, nil
	}
	free, err := r.free()
	if err != nil || free >= want {
		return 0, err
	}
	return want - free, nil
}

// Check returns nil while at least the reserve is free, else a [BelowReserve]
// with advice. What cannot be told counts as too little.
func (r *Reserve) Check() error {
	missing, err := r.Missing(1)
	if err != nil {
		return err
	}
	if missing > 0 {
		return &problem.Error{
			Cause:  &BelowReserve{Free: r.Bytes() - missing, Reserve: r.Bytes()},
			Advice: "free some space, or lower retention { reserve }",
		}
	}
	return nil
}

// CheckSpare is Check for what can be done without, such as logs: it returns an
// error already when less than a quarter more than the reserve is free, so that
// objects can still be received.
func (r *Reserve) CheckSpare() error {
	if r.Bytes() == 0 {
		return nil
	}
	free, err := r.free()
	if err != nil || free >= r.Bytes()+r.Bytes()/4 {
		return err
	}
	return fmt.Errorf("disk near its reserve: %s are free, and %s stay free", sdk.Size(free).Rounded(), sdk.Size(r.Bytes()).Rounded())
}

// BelowReserve means that less of the disk is free than has to stay free.
type BelowReserve struct{ Free, Reserve uint64 } // bytes

// Error says both.
func (e *BelowReserve) Error() string {
	return fmt.Sprintf("disk below its reserve: %s of %s are free", sdk.Size(e.Free).Rounded(), sdk.Size(e.Reserve).Rounded())
}

// checkEvery is how many bytes are written between two looks at the free space:
// few enough that all writers together do not use up the reserve in between.
const checkEvery = 1 << 20

// Writer writes to w while at least the reserve is free. It looks after each MiB;
// its caller has looked before it began, see [Reserve.Check]. Once it has failed, with the error of
// [Reserve.Check] or of w, it fails always: what is behind a gap is never
// written.
func (r *Reserve) Writer(w io.Writer) io.Writer { return &guarded{reserve: r, w: w, left: checkEvery} }

type guarded struct {
	reserve *Reserve
	w       io.Writer
	left    int // bytes until the next look
	failed  error
}

// Write writes p whole, or fails.
func (g *guarded) Write(p []byte) (written int, err error) {
	for g.failed == nil {
		if g.left == 0 {
			if g.failed = g.reserve.Check(); g.failed != nil {
				break
			}
			g.left = checkEvery
		}
		piece := p[written:min(len(p), written+g.left)]
		var n int
		n, g.failed = g.w.Write(piece)
		written, g.left = written+n, g.left-n
		if written == len(p) {
			break
		}
	}
	return written, g.failed
}
