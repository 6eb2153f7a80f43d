package flowfile

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
)

// Catalog is the flows of some folders over time. One bad file never stops the
// others: the flow that it held before stays in force until the file is mended
// or removed. A catalog is for one goroutine.
type Catalog struct {
	paths   []string
	options Options
	files   map[string]*entry
	looks   int // how often the folders were read
}

// entry is what is known of one file.
type entry struct {
	text   []byte
	fine   bool      // the text is not broken
	loaded []*Loaded // as the text is now; if it is broken, the flows of it that are sound
	diags  lang.Diagnostics
	good   []*Loaded // the last ones that were in force
	anew   bool      // what the site allows has changed since they were checked
	seen   version   // of the file before its text was read
}

// NewCatalog returns the catalog of some folders and files. Nothing is read yet.
func NewCatalog(paths []string, options Options) *Catalog {
	c := &Catalog{files: map[string]*entry{}}
	c.Configure(paths, options)
	return c
}

// Configure changes the folders and what the site allows. The next Reload
// checks every file anew.
func (c *Catalog) Configure(paths []string, options Options) {
	c.paths, c.options = paths, options
	for _, e := range c.files {
		e.text, e.fine, e.anew = nil, false, true
	}
}

// Reload reads the folders and returns the flows that are in force now. Files
// that have not changed are not checked again. Of two files with a flow of the
// same name and version the first one counts, and the second one is reported.
func (c *Catalog) Reload() *Set {
	var order []string
	now := map[string]*entry{}
	for _, root := range c.paths {
		for _, f := range find(root, c.known) {
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
	c.looks++
	return c.set(order)
}

func (c *Catalog) entry(f *file) *entry {
	e := c.files[f.path]
	if e == nil {
		e = &entry{}
	}
	if f.err == nil && e.fine && bytes.Equal(e.text, f.text) && !e.outdated() {
		e.seen = f.seen
		return e
	}
	now := &entry{text: f.text, good: e.good, seen: f.seen}
	now.loaded, now.diags = f.parse(c.options)
	now.fine = f.err == nil && !now.diags.HasErrors()
	if !now.fine && len(e.good) > 0 && e.anew {
		options := c.options
		options.site = e.good[0].site
		// none if the site no longer allows what they ask for
		now.good, _ = Parse(f.path, e.good[0].text, options)
	}
	return now
}

// outdated reports whether a file that the flows were made with, by the
// function file, has changed.
func (e *entry) outdated() bool {
	for _, l := range e.loaded {
		if slices.ContainsFunc(l.opened, (*lang.Opened).Changed) {
			return true
		}
	}
	return false
}

// keep holds on to the files of a folder that exists and cannot be read now.
func (c *Catalog) keep(folder string, now map[string]*entry) []string {
	var kept []string
	for path, e := range c.files {
		if strings.HasPrefix(path, folder+string(filepath.Separator)) && now[path] == nil && len(e.good) > 0 && !missing(now[folder]) {
			now[path] = &entry{good: e.good}
			kept = append(kept, path)
		}
	}
	slices.Sort(kept)
	return kept
}

// missing reports whether the folder is not there at all: then its flows were
// removed.
func missing(e *entry) bool { return !e.diags.HasErrors() }

// set decides which flows are in force: first those whose files are good, then
// what broken files held before.
func (c *Catalog) set(order []string) *Set {
	s := &Set{}
	taken := map[flow.ID]string{}
	force := map[string][]*Loaded{}
	for _, path := range order {
		e := c.files[path]
		s.Diagnostics = append(s.Diagnostics, e.diags...)
		if e.fine && !c.clash(s, taken, path, e.loaded) {
			force[path] = e.loaded
			e.good = e.loaded
		}
	}
	for _, path := range order {
		e := c.files[path]
		if force[path] == nil {
			if len(e.good) == 0 { // the file was broken when it was first read
				s.Flows = append(s.Flows, c.unclaimed(taken, path, e)...)
			}
			for _, l := range e.good {
				if _, twice := taken[l.Flow.ID()]; !twice {
					taken[l.Flow.ID()] = path
					stale := *l
					stale.Stale = true
					force[path] = append(force[path], &stale)
				}
			}
		}
		s.Flows = append(s.Flows, force[path]...)
	}
	return s
}

// unclaimed takes the sound flows of a broken file whose identities no other
// file has.
func (c *Catalog) unclaimed(taken map[flow.ID]string, path string, e *entry) []*Loaded {
	if e.fine { // another file has one of its flows
		return nil
	}
	var flows []*Loaded
	for _, l := range e.loaded {
		if _, twice := taken[l.Flow.ID()]; !twice {
			taken[l.Flow.ID()] = path
			flows = append(flows, l)
		}
	}
	return flows
}

// clash takes the identities of a file's flows, unless another file has one of
// them, and reports whether that is so.
func (c *Catalog) clash(s *Set, taken map[flow.ID]string, path string, flows []*Loaded) bool {
	clash := false
	for _, l := range flows {
		if first, twice := taken[l.Flow.ID()]; twice {
			s.Diagnostics.Errorf(l.Locate("name"), "change the name or the version of one of them", "flow %s is in %s already", l.Flow.ID(), first)
			clash = true
		}
	}
	if !clash {
		for _, l := range flows {
			taken[l.Flow.ID()] = path
		}
	}
	return clash
}
