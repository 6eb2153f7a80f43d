package execute

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/problem"
)

// link checks a symbolic link. One that leads out of the output is refused: a
// reader of the output would read a file of the host. One that names the output
// as the container saw it, by an absolute path or one that goes above the output
// and back, keeps its meaning as a relative one.
func (o *output) link(path string) error {
	target, err := os.Readlink(path)
	if err != nil {
		return err
	}
	below, err := filepath.Rel(o.folder, path)
	if err != nil {
		return err
	}
	steps, left, ok := o.follow(filepath.Dir(below), target)
	switch {
	case !ok:
		return &problem.Error{
			Cause:  &refusedOutput{why: "holds a symbolic link that leads outside of it", name: fmt.Sprintf("%q to %q", below, target)},
			Advice: "write the file itself, or a relative link to another file of the output",
		}
	case !left:
		return nil
	}
	up := strings.Repeat("../", strings.Count(below, "/"))
	return relink(path, up+"./"+strings.Join(steps, "/"))
}

// follow follows a link's target from a folder below the output. It returns the
// path below the output that it leads to, whether it goes through folders outside,
// and whether it stays in what is known: the output, and the folders above it in
// the container. A step up behind another link is not, since it leads from where
// that leads.
func (o *output) follow(from, target string) (below []string, left, ok bool) {
	root := split(o.target)
	at := slices.Concat(root, split(from))
	if filepath.IsAbs(target) {
		at, left = nil, true
	}
	if left && len(root) == 0 {
		return nil, left, false
	}
	linked := false
	for _, step := range strings.Split(target, "/") {
		switch {
		case step == "" || step == ".":
			continue
		case step == ".." && (linked || len(at) == len(root) && len(root) == 0):
			return nil, left, false // above what is known
		case step == "..":
			at = at[:max(0, len(at)-1)]
		default:
			at = append(slices.Clip(at), step)
		}
		if len(at) < len(root) {
			left = true
			if !slices.Equal(at, root[:len(at)]) {
				return nil, left, false
			}
			continue
		}
		if !slices.Equal(at[:len(root)], root) {
			return nil, left, false
		}
		info, err := os.Lstat(filepath.Join(o.folder, filepath.Join(at[len(root):]...)))
		linked = linked || err == nil && info.Mode()&fs.ModeSymlink != 0
	}
	if len(at) < len(root) {
		return nil, left, false
	}
	return at[len(root):], left, true
}

// split returns the names of a path.
func split(path string) []string {
	return slices.DeleteFunc(strings.Split(filepath.Clean(path), "/"), func(name string) bool { return name == "" || name == "." })
}

// relink replaces a link in one step.
func relink(path, target string) error {
	beside := filepath.Join(filepath.Dir(path), ".raddeploy-link")
	err := os.Symlink(target, beside)
	if left, readErr := os.Readlink(beside); errors.Is(err, fs.ErrExist) && readErr == nil && left == target { // by a crash
		err = nil
	}
	if err != nil {
		return err
	}
	return os.Rename(beside, path)
}
