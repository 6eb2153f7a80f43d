package flowfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
)

// Load reads the flows of some folders, and of single files. See [Catalog] for
// a set that is read again and again.
func Load(paths []string, options Options) ([]*Loaded, lang.Diagnostics) {
	set := NewCatalog(paths, options).Reload()
	return set.Flows, set.Diagnostics
}

// file is one file that a folder holds: its text, or why it cannot be read.
type file struct {
	path  string
	text  []byte
	err   error
	given bool // it was named itself, and may be a site's
	seen  version
}

// find lists the flow files below a path in sorted order. What begins with a
// dot is passed over: editors and version control keep their own things there.
// A folder that cannot be read is returned as a file with an error. The text of a
// file that is known is not read again.
func find(root string, known func(path string, now version) ([]byte, bool)) []file {
	var all []file
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			all = append(all, file{path: path, err: err})
			return nil
		case path != root && strings.HasPrefix(entry.Name(), "."):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir() || path != root && !isFlowFile(path):
			return nil
		}
		info, err := os.Stat(path)
		if err == nil && info.IsDir() {
			return nil // a link to a folder
		}
		now := versionOf(info)
		text, same := known(path, now)
		if !same {
			text, err = lang.ReadFile(path)
		}
		if !errors.Is(err, fs.ErrNotExist) || path == root { // it was removed a moment ago
			all = append(all, file{path, text, err, path == root, now})
		}
		return nil
	})
	if err != nil {
		all = append(all, file{path: root, err: err})
	}
	return all
}

func isFlowFile(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yaml", ".yml", ".hcl":
		return true
	}
	return false
}

// parse reads the flows of one file that was found, of one with mistakes those
// that are sound.
func (f *file) parse(options Options) ([]*Loaded, lang.Diagnostics) {
	var diags lang.Diagnostics
	src := lang.NewSource(f.path, nil)
	var pathError *fs.PathError
	switch {
	case errors.Is(f.err, fs.ErrNotExist):
		diags.Warnf(src.Whole(), "create it, or correct flows { dirs }", "there is no such folder or file")
	case errors.Is(f.err, fs.ErrPermission):
		diags.Errorf(src.Whole(), "make it readable for this program", "cannot be read: %v", fs.ErrPermission)
	case errors.As(f.err, &pathError):
		diags.Errorf(src.Whole(), "put a file of flows in its place, or remove it", "cannot be read: %v", pathError.Err)
	case f.err != nil:
		diags.Errorf(src.Whole(), "", "cannot be read: %v", f.err)
	default:
		options.site = f.given && IsHCL(f.path) && IsSite(f.text)
		return parseAll(f.path, f.text, options)
	}
	return nil, diags
}

// Set is the flows that some folders hold, in the order of their files.
type Set struct {
	Flows       []*Loaded
	Diagnostics lang.Diagnostics
}

// Find returns the flow of an identity, or nil.
func (s *Set) Find(id flow.ID) *Loaded {
	for _, l := range s.Flows {
		if l.Flow.ID() == id {
			return l
		}
	}
	return nil
}

// Files lists the flow files of a folder and below, in sorted order.
func Files(folder string) []string {
	var all []string
	for _, f := range find(folder, nothing) {
		if f.err == nil {
			all = append(all, f.path)
		}
	}
	return all
}
