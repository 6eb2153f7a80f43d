package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/raddeploy/raddeploy/core/lang"
)

// Load reads a site's configuration from files and from folders, whose *.hcl
// files are read in sorted order. A setting in a later file replaces the one of
// an earlier file. lookup gives the environment's variables; nil: none. With an
// error among the diagnostics there is no site.
func Load(paths []string, lookup func(name string) (string, bool)) (*Site, lang.Diagnostics) {
	d := &decoder{lookup: lookup}
	root := &lang.Node{Kind: lang.Map}
	base := "."
	for i, path := range paths {
		for _, file := range d.files(path) {
			if i == 0 {
				base = filepath.Dir(file)
			}
			text, err := lang.ReadFile(file)
			if err != nil {
				d.unreadable(file, err)
				continue
			}
			d.file(root, file, text)
		}
		if info, err := os.Stat(path); i == 0 && err == nil && info.IsDir() {
			base = path
		}
	}
	return d.finish(root, base)
}

// Parse reads a site's configuration from the text of one file, whose name says
// where relative paths begin.
func Parse(name string, text []byte, lookup func(name string) (string, bool)) (*Site, lang.Diagnostics) {
	d := &decoder{lookup: lookup}
	root := &lang.Node{Kind: lang.Map}
	d.file(root, name, text)
	return d.finish(root, filepath.Dir(name))
}

// files lists the files of a path that was given.
func (d *decoder) files(path string) []string {
	info, err := os.Stat(path)
	if err != nil {
		d.unreadable(path, err)
		return nil
	}
	if !info.IsDir() {
		return []string{path}
	}
	files, err := filepath.Glob(filepath.Join(escapeGlob(path), "*.hcl"))
	if err != nil {
		d.unreadable(path, err)
	}
	if len(files) == 0 {
		d.Warnf(lang.NewSource(path, nil).Whole(), "put a site.hcl into it", "the folder has no *.hcl file; every setting has its default")
	}
	slices.Sort(files)
	return files
}

// escapeGlob makes a path mean itself in a pattern of [filepath.Glob].
func escapeGlob(path string) string {
	var b []byte
	for i := range len(path) {
		if c := path[i]; c == '*' || c == '?' || c == '[' || c == '\\' {
			b = append(b, '\\')
		}
		b = append(b, path[i])
	}
	return string(b)
}

func (d *decoder) unreadable(path string, err error) {
	var e *fs.PathError
	if errors.As(err, &e) {
		err = e.Err
	}
	d.Errorf(lang.NewSource(path, nil).Whole(), "", "cannot be read: %v", err)
}

// file adds one file to what was read before.
func (d *decoder) file(root *lang.Node, name string, text []byte) {
	n, diags := lang.HCL{Reads: func(word string) bool { return word != "flow" }}.Parse(lang.NewSource(name, text))
	d.Diagnostics = append(d.Diagnostics, diags...)
	if n == nil {
		return
	}
	d.once(n)
	if n.Pair("flow") != nil {
		d.flows = append(d.flows, name)
	}
	merge(root, n)
}

// once complains about blocks of which there is one, and that stand twice in a file or
// in a block of it.
func (d *decoder) once(n *lang.Node) {
	first := map[string]lang.Range{}
	for _, p := range n.Pairs {
		if !p.Block || p.Key == "flow" {
			continue
		}
		if len(p.Labels) > 0 || p.Key == "peer" || p.Key == "listener" || p.Key == "executor" {
			d.once(p.Value)
			continue
		}
		if at, twice := first[p.Key]; twice {
			d.Errorf(p.At, "put its settings into the block in line "+lineOf(at), "the block %s is there twice", p.Key)
			continue
		}
		first[p.Key] = p.At
		if p.Key != "config" { // an executor's, whose words its plugin knows
			d.once(p.Value)
		}
	}
}

// merge adds a file's settings to those of the files before it: attributes
// replace, blocks are merged, and blocks with labels stand beside each other.
func merge(to, from *lang.Node) {
	for _, p := range from.Pairs {
		old := to.Pair(p.Key)
		switch {
		case old == nil || p.Block && len(p.Labels) > 0:
			to.Pairs = append(to.Pairs, p)
		case p.Block && old.Block && len(old.Labels) == 0:
			merge(old.Value, p.Value)
		default:
			*old = p
		}
	}
}
