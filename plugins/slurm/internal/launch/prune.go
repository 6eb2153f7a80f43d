package launch

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// cached is the name that all of one image begins with in the cache: a folder,
// a SIF or a squashfs.
var cached = regexp.MustCompile(`sha256-[0-9a-f]{64}`)

// Named returns the images of the cache that a job's script names.
func Named(script []byte) []string {
	var names []string
	for _, name := range cached.FindAll(script, -1) {
		names = append(names, string(name))
	}
	return names
}

// marks is the folder of the cache whose empty files tell by their times when an
// image was used last: one for each, for images are made by whoever a job runs
// as.
const marks = "used"

// MarkUsed notes that an image is used now. It is a hint: what cannot be noted
// counts as used when the image was made.
func MarkUsed(cache, image string) {
	mark := filepath.Join(cache, marks, image)
	now := time.Now()
	if err := os.Chtimes(mark, now, now); errors.Is(err, fs.ErrNotExist) && os.MkdirAll(filepath.Dir(mark), 0o755) == nil {
		_ = os.WriteFile(mark, nil, 0o644)
	}
}

// markDigest is MarkUsed for a digest, such as "sha256:…".
func (r *registry) markDigest(digest string) {
	MarkUsed(r.cache, strings.ReplaceAll(digest, ":", "-"))
}

// Prune removes the images of a cache that were used last before a time, but
// those that are in use. It returns the names of what it removed. Others may use
// the cache meanwhile, on other hosts too: an image that is being made or taken
// is locked, and is left for the next time.
func Prune(cache string, before time.Time, inUse map[string]bool) (removed []string, err error) {
	entries, err := os.ReadDir(cache)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, entry := range entries {
		name := entry.Name()
		image := cached.FindString(name)
		if half := filepath.Join(cache, name); strings.HasPrefix(name, "tmp-") && image != "" && !usedSince(before, half) {
			errs = append(errs, removeAll(half)) // of a job that was killed
			continue
		}
		if image == "" || !strings.HasPrefix(name, image) || inUse[image] || strings.HasSuffix(name, ".lock") {
			continue
		}
		gone, err := prune(cache, strings.TrimSuffix(name, ".tmp"), image, before)
		if gone {
			removed = append(removed, name)
		}
		errs = append(errs, err)
	}
	return removed, errors.Join(append(errs, pruneReferences(cache, before))...)
}

// prune removes one image, or what a crash left of one, if it is old.
func prune(cache, name, image string, before time.Time) (gone bool, err error) {
	place := filepath.Join(cache, name)
	locking, cancel := context.WithCancel(context.Background())
	cancel() // it is not waited for
	unlock, err := lock(locking, place+".lock")
	if errors.Is(err, context.Canceled) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer unlock()
	if usedSince(before, filepath.Join(cache, marks, image), place, place+".tmp") {
		return false, nil
	}
	// the name first: what is removed by half is no image any more
	if err := os.Rename(place, place+".tmp"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		// a temporary folder of before is in the way
		if err := errors.Join(removeAll(place+".tmp"), os.Rename(place, place+".tmp")); err != nil {
			return false, err
		}
	}
	if err := removeAll(place + ".tmp"); err != nil {
		return false, err
	}
	if err := os.Remove(filepath.Join(cache, marks, image)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return true, err
	}
	return true, nil
}

// usedSince tells whether one of these is there and was written since a time.
func usedSince(before time.Time, paths ...string) bool {
	for _, path := range paths {
		if info, err := os.Lstat(path); err == nil && !info.ModTime().Before(before) {
			return true
		}
	}
	return false
}

// pruneReferences removes what references meant whose registry was asked last,
// and whose image was used last, before a time.
func pruneReferences(cache string, before time.Time) error {
	folder := filepath.Join(cache, "references")
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		note := filepath.Join(folder, entry.Name())
		text, readErr := os.ReadFile(note)
		digest := cached.FindString(strings.ReplaceAll(string(text), ":", "-"))
		if readErr == nil && !usedSince(before, note, filepath.Join(cache, marks, digest)) {
			err = errors.Join(err, os.Remove(note))
		}
	}
	return err
}
