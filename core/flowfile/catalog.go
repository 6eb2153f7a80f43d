package flowfile

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
)

// Catalog is the flows of some folders over time. One bad file never stops the others: the flow that it held before stays in force
// until the file is mended or removed. A catalog is for one goroutine.
type Catalog struct {
	paths   []string
	options Options
	files   map[string]*entry
}

// entry is what is known of one file.
type entry struct {
	text   []byte
	loaded *Loaded // as the text is now; nil if it is broken
	diags  lang.Diagnostics
	good   *Loaded // the last one that was in force
}

// NewCatalog returns the catalog of some folders and files. Nothing is read yet.
func NewCatalog(paths []string, options Options) *Catalog {
	c := &Catalog{files: map[string]*entry{}}
	c.Configure(paths, options)
	return c
}

// Configure changes the folders and what the site allows. The next Reload checks every file anew.
func (c *Catalog) Configure(paths []string, options Options) {
	c.paths, c.options = paths, options
	for _, e := range c.files {
		e.text, e.loaded = nil, nil
	}
}

// Reload reads the folders and returns the flows that are in force now. Files that have not changed are not checked again. Of two files with
// a flow of the same name and version the first one counts, and the second one is reported.
func (c *Catalog) Reload() *Set {
	var order []string
	now := map[string]*entry{}
	for _, root := range c.paths {
		for _, f := range find(root) {
			if now[f.path] != nil {
				continue // below two of the folders
			}
			order = append(order, f.path)
			now[f.path] = c.entry(&f)
			if f.err != nil {
				order = append(order, c.keep(f.path, now)...)
			}
		}
	}
	c.files = now
	return c.set(order)
}

func (c *Catalog) entry(f *file) *entry {
	e := c.files[f.path]
	if e == nil {
		e = &entry{}
	}
	if f.err == nil && e.loaded != nil && bytes.Equal(e.text, f.text) {
		return e
	}
	loaded, diags := f.parse(c.options)
	good := e.good
	if loaded == nil && good != nil {
		good, _ = Parse(good.Path, good.text, c.options) // nil if the site no longer allows what it asks for
	}
	return &entry{text: f.text, loaded: loaded, diags: diags, good: good}
}

// keep holds on to the files of a folder that exists and cannot be read now.
func (c *Catalog) keep(folder string, now map[string]*entry) []string {
	var kept []string
	for path, e := range c.files {
		if strings.HasPrefix(path, folder+string(filepath.Separator)) && now[path] == nil && e.good != nil && !missing(now[folder]) {
			now[path] = &entry{good: e.good}
			kept = append(kept, path)
		}
	}
	slices.Sort(kept)
	return kept
}

// missing reports whether the folder is not there at all: then its flows were removed.
func missing(e *entry) bool { return !e.diags.HasErrors() }

// set decides which flows are in force: first those whose files are good, then what broken files held before.
func (c *Catalog) set(order []string) *Set {
	s := &Set{}
	taken := map[flow.ID]string{}
	force := map[string]*Loaded{}
	for _, path := range order {
		e := c.files[path]
		s.Diagnostics = append(s.Diagnostics, e.diags...)
		if e.loaded == nil {
			continue
		}
		id := e.loaded.Flow.ID()
		if first, twice := taken[id]; twice {
			s.Diagnostics.Errorf(e.loaded.Locate("name"), "change the name or the version of one of them", "flow %s is in %s already", id, first)
			continue
		}
		taken[id] = path
		e.good, force[path] = e.loaded, e.loaded
	}
	for _, path := range order {
		e := c.files[path]
		if force[path] == nil && e.good != nil {
			id := e.good.Flow.ID()
			if _, twice := taken[id]; !twice {
				taken[id] = path
				stale := *e.good
				stale.Stale = true
				force[path] = &stale
			}
		}
		if l := force[path]; l != nil {
			s.Flows = append(s.Flows, l)
		}
	}
	return s
}
