package bench

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/phantom"
)

// study is how many objects the largest series has. A CT image of 512 x 512
// pixels has 526 KB.
const study = 2000

// series is where the largest series is. It is made once, before all
// measurements, because disks are busy for a while with what was written.
var series []string

// lasting is a folder for many small files. It is removed after all
// measurements, because some file systems make new files slowly for minutes
// after many were removed.
var lasting string

// lastingDir makes a folder there.
func lastingDir(b *testing.B) string {
	b.Helper()
	dir, err := os.MkdirTemp(lasting, "site-")
	if err != nil {
		b.Fatal(err)
	}
	return dir
}

func makeSeries() (remove func() error, err error) {
	dir, err := os.MkdirTemp("", "raddeploy-bench-")
	if err != nil {
		return nil, err
	}
	remove = func() error { return os.RemoveAll(dir) }
	lasting = dir
	if series, err = phantom.Write(dir, phantom.Options{Slices: study}); err != nil {
		return nil, errors.Join(err, remove())
	}
	return remove, nil
}

// objects returns the files of a folder with the first n objects of the series.
func objects(b *testing.B, n int) []string {
	b.Helper()
	dir := b.TempDir()
	files := make([]string, n)
	for i := range files {
		files[i] = filepath.Join(dir, filepath.Base(series[i]))
		if err := os.Link(series[i], files[i]); err != nil {
			b.Fatal(err)
		}
	}
	return files
}

// settle writes to the disk what earlier rounds left in memory, so that no side
// pays for the other.
func settle() { syscall.Sync() }

// synced writes files anew and syncs each before the next, as the disk allows,
// and returns files per second.
func synced(b *testing.B, files []string) float64 {
	b.Helper()
	dir := b.TempDir()
	settle()
	var took time.Duration
	for i := range files {
		data := contents(b, files[i:i+1])[0]
		took += timed(func() {
			if err := writeSynced(filepath.Join(dir, strconv.Itoa(i)), data); err != nil {
				b.Fatal(err)
			}
		})
	}
	return float64(len(files)) / took.Seconds()
}

// contents reads files.
func contents(b *testing.B, files []string) (all [][]byte) {
	b.Helper()
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, data)
	}
	return all
}

// timed is how long something takes.
func timed(do func()) time.Duration {
	begun := time.Now()
	do()
	return time.Since(begun)
}

func writeSynced(path string, data []byte) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// count counts the files of a folder.
func count(b *testing.B, dir string) int {
	b.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	return len(entries)
}
