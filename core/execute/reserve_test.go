package execute

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/raddeploy/raddeploy/core/internal/testdisk"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/spool"
)

// packed is an archive of so many files of zeros of a size.
func packed(t *testing.T, suffix string, files int, size int64) []byte {
	t.Helper()
	var b bytes.Buffer
	var compressed io.WriteCloser
	var err error
	switch suffix {
	case ".tar.gz":
		compressed = gzip.NewWriter(&b)
	case ".tar.zst":
		compressed, err = zstd.NewWriter(&b)
	default:
		compressed = plain{&b}
	}
	check(t, err)
	entries := tar.NewWriter(compressed)
	for i := range files {
		check(t, entries.WriteHeader(&tar.Header{Name: "weights/" + string(rune('a'+i)), Typeflag: tar.TypeReg, Mode: 0o6777, Size: size}))
		_, err := io.CopyN(entries, zeros{}, size)
		check(t, err)
	}
	check(t, errors.Join(entries.Close(), compressed.Close()))
	return b.Bytes()
}

type plain struct{ io.Writer }

func (plain) Close() error { return nil }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// sizeOf is how many bytes the files below a folder have.
func sizeOf(folder string) (size int64) {
	_ = filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if info, infoErr := entry.Info(); err == nil && infoErr == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		return nil
	})
	return size
}

// An archive may hold a thousand times its own size. It is unpacked down to the
// disk's reserve; then nothing is left of it, and the task says why.
func TestAnArchiveStopsAtTheReserve(t *testing.T) {
	const disk, reserve = 24 << 20, 8 << 20
	faked := func(t *testing.T) (string, func() (uint64, error)) {
		dir := t.TempDir()
		return dir, func() (uint64, error) { return uint64(max(0, disk-sizeOf(dir))), nil }
	}
	mounted := func(t *testing.T) (string, func() (uint64, error)) {
		dir := testdisk.New(t, disk)
		return dir, spool.FreeIn(dir)
	}
	for kind, make := range map[string]func(*testing.T) (string, func() (uint64, error)){"a small disk": mounted, "counted": faked} {
		for _, suffix := range []string{".tar", ".tar.gz", ".tar.zst"} {
			for shape, files := range map[string]int{"one file": 1, "many files": 20} {
				t.Run(kind+suffix+" of "+shape, func(t *testing.T) {
					t.Parallel()
					dir, free := make(t)
					e := &Engine{Statics: t.TempDir(), Unpacked: dir, Reserve: spool.NewReserve(reserve, free)}
					archive := filepath.Join(e.Statics, "weights"+suffix)
					check(t, os.WriteFile(archive, packed(t, suffix, files, 40<<20/int64(files)), 0o644))
					_, err := e.static("weights")
					var below *spool.BelowReserve
					if !errors.As(err, &below) || problem.Advice(err) == "" {
						t.Fatalf("unpacked: %v", err)
					}
					if left := tree(t, dir); len(left) > 0 {
						t.Errorf("%v is left of it", left)
					}
					// a smaller one under the same name
					check(t, os.WriteFile(archive, packed(t, suffix, files, 8<<20/int64(files)), 0o644))
					folder, err := e.static("weights")
					check(t, err)
					if sizeOf(folder) < 7<<20 {
						t.Errorf("%d bytes are unpacked", sizeOf(folder))
					}
				})
			}
		}
	}
}

// Archives are unpacked as data: what could be run as root, or changed by all,
// is neither.
func TestAnArchivesModes(t *testing.T) {
	e := &Engine{Statics: t.TempDir(), Unpacked: t.TempDir()}
	check(t, os.WriteFile(filepath.Join(e.Statics, "weights.tar"), packed(t, ".tar", 1, 10), 0o644))
	folder, err := e.static("weights")
	check(t, err)
	info, err := os.Stat(filepath.Join(folder, "weights", "a"))
	check(t, err)
	if info.Mode() != 0o755 {
		t.Errorf("the mode is %v", info.Mode())
	}
}

// What an archive was unpacked to before it changed goes a week after a task last
// began with it, when none can use it any more; not that of other mounts, nor
// what tasks use while an earlier archive is put back.
func TestReplacedArchivesGo(t *testing.T) {
	e := &Engine{Statics: t.TempDir(), Unpacked: t.TempDir()}
	unpack := func(name string, size int64) string {
		t.Helper()
		check(t, os.WriteFile(filepath.Join(e.Statics, name+".tar"), packed(t, ".tar", 1, size), 0o644))
		folder, err := e.static(name)
		check(t, err)
		return folder
	}
	others := []string{unpack("weights-2", 10), unpack("other", 10)}
	before := unpack("weights", 10)
	archive := filepath.Join(e.Statics, "weights.tar")
	put := func(from, to string) {
		t.Helper()
		check(t, os.Rename(from, to))
	}
	put(archive, archive+".first")
	now := unpack("weights", 20_000)
	if before == now {
		t.Fatal("a changed archive is not unpacked anew")
	}
	folders := func() (n int) {
		t.Helper()
		entries, err := os.ReadDir(e.Unpacked)
		check(t, err)
		return len(entries)
	}
	if _, err := e.static("weights"); err != nil || folders() != 4 {
		t.Errorf("%d folders are left at once, %v", folders(), err)
	}
	old := time.Now().Add(-8 * 24 * time.Hour)
	aged := func(folders ...string) {
		t.Helper()
		for _, folder := range folders {
			check(t, os.Chtimes(folder, old, old))
		}
	}
	aged(before)
	put(archive, archive+".second")
	put(archive+".first", archive)
	if again, err := e.static("weights"); again != before || err != nil || folders() != 4 {
		t.Errorf("put back, it is %s with %d folders, %v", again, folders(), err)
	}
	if _, err := os.Stat(now); err != nil {
		t.Errorf("what a task began with just now is gone: %v", err)
	}
	put(archive+".second", archive)
	aged(append(others, before, now)...)
	if again, err := e.static("weights"); again != now || err != nil || folders() != 3 {
		t.Errorf("%d folders are left after a week, %v", folders(), err)
	}
	if _, err := os.Stat(before); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was replaced is left: %v", err)
	}
}
