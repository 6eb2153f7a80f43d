package execute

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/redact"
	"github.com/raddeploy/raddeploy/core/spool"
)

// static returns the folder of a static mount: <static dir>/<name>, or
// <name>.tar or one of the other archives, unpacked once. An archive that changes
// is unpacked anew, beside the old one, which running tasks may still use.
func (e *Engine) static(name string) (string, error) {
	unlock := e.lock("static/" + name)
	defer unlock()
	suffix, info, err := findStatic(e.Statics, name)
	switch {
	case err != nil:
		return "", err
	case suffix == "":
		return filepath.Join(e.Statics, name), nil
	}
	return e.unpacked(name, suffix, filepath.Join(e.Unpacked, name+"-"+strconv.FormatInt(info.ModTime().UnixNano(), 36)+"-"+strconv.FormatInt(info.Size(), 36)))
}

// CheckStatic returns why there is nothing to mount by a name, or nil. What an archive
// holds is not looked at.
func CheckStatic(statics, name string) error {
	_, _, err := findStatic(statics, name)
	return err
}

// findStatic finds the folder of a static mount, or its archive: then with its suffix.
func findStatic(statics, name string) (suffix string, archive fs.FileInfo, err error) {
	place := filepath.Join(statics, name)
	info, err := os.Stat(place)
	if err == nil && info.IsDir() {
		return "", info, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", nil, &problem.Error{Op: "find static mount", Object: name, Cause: cause(err)}
	}
	for _, suffix := range archiveSuffixes {
		if info, err := os.Stat(place + suffix); err == nil {
			return suffix, info, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", nil, &problem.Error{Op: "find static mount", Object: name + suffix, Cause: cause(err)}
		}
	}
	return "", nil, &problem.Error{
		Op:     "static mount",
		Object: strconv.Quote(name),
		Cause:  &missingStatic{place},
		Advice: "put it there, or change static { dir } of the site",
	}
}

// missingStatic is a static mount that the site does not have.
type missingStatic struct{ place string }

func (e *missingStatic) Error() string {
	last := len(archiveSuffixes) - 1
	return fmt.Sprintf("neither the folder %s nor %s%s or %s is there", e.place, e.place, strings.Join(archiveSuffixes[:last], ", "), archiveSuffixes[last])
}

// cause is why something could not be done with a file of a static mount. What
// wraps it names the mount, as the operator knows it.
func cause(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// unpacked returns the place of an archive's content, which it unpacks unless
// that was done before.
func (e *Engine) unpacked(mount, suffix, place string) (string, error) {
	if info, err := os.Stat(place); err == nil {
		e.takenUp(place, info.ModTime())
		return place, nil
	}
	if err := e.unpackWhole(filepath.Join(e.Statics, mount+suffix), place); err != nil {
		return "", &problem.Error{Op: "unpack static mount", Object: fmt.Sprintf("%q", mount), Cause: fmt.Errorf("%s: %w", filepath.Base(mount)+suffix, cause(err))}
	}
	return place, nil
}

const (
	// keepReplaced is how long an archive that has changed stays unpacked as it
	// was after a task began with it: longer than tasks run.
	keepReplaced = 7 * 24 * time.Hour
	// takenUpInterval is how exactly it is known when a task last began with it.
	takenUpInterval = time.Hour
)

// takenUp records that a task begins with an unpacked archive, as the time of its
// folder, and removes what the mount's archive was unpacked to at other times and
// no task has begun with for long.
func (e *Engine) takenUp(place string, last time.Time) {
	now := time.Now()
	if now.Sub(last).Abs() < takenUpInterval {
		return
	}
	if err := os.Chtimes(place, now, now); err != nil {
		e.Logger.Warn("an unpacked archive's time cannot be set; earlier contents stay", "mount", mountOf(filepath.Base(place)), "error", redact.Paths(err))
		return
	}
	e.removeReplaced(place, now)
}

// removeReplaced removes the other folders of a mount that no task has begun with
// for long: each has the mount's name, and a time and a size behind it. An archive
// may also have been put back as it was before, while tasks use the later one.
func (e *Engine) removeReplaced(place string, now time.Time) {
	dir := filepath.Dir(place) // a mount's name may have a folder
	entries, _ := os.ReadDir(dir)
	for _, entry := range entries {
		name := strings.TrimSuffix(entry.Name(), ".part")
		info, err := entry.Info()
		if name == filepath.Base(place) || mountOf(name) != mountOf(filepath.Base(place)) || err != nil || now.Sub(info.ModTime()) <= keepReplaced {
			continue
		}
		if err := spool.Remove(filepath.Join(dir, entry.Name())); err != nil {
			e.Logger.Warn("an earlier content of a static mount stays unpacked", "mount", mountOf(name), "error", redact.Paths(err))
		}
	}
}

// mountOf is the name of the mount whose archive is unpacked to a folder; "" for
// all folders of configurations.
func mountOf(unpacked string) string {
	for range 2 {
		unpacked = unpacked[:max(0, strings.LastIndexByte(unpacked, '-'))]
	}
	return unpacked
}

// unpackWhole unpacks an archive beside its place, so that the name never stands
// for less than the whole.
func (e *Engine) unpackWhole(archive, place string) error {
	beside := place + ".part"
	if err := os.RemoveAll(beside); err != nil {
		return err
	}
	err := e.unpack(archive, beside)
	if err == nil {
		err = syncFileSystem(beside)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(beside)) // it may fill the disk
	}
	return os.Rename(beside, place)
}
