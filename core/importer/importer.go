// Package importer turns an installation of the Python RadDeploy into a site:
// its services' conf.d folders, environment files, compose file and flows go
// in; the text of a site.hcl, the flow files and a report come out.
//
// The report names everything that has no counterpart or means something else
// now, so that whoever carries an installation over reads it instead of finding
// out. The package only reads; what it makes is checked with the agent's own
// readers before it is handed out.
package importer

import (
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/problem"
)

// Result is what an installation becomes.
type Result struct {
	Site  []byte // the text of site.hcl
	Flows []File // to lie in the folder "flows" beside it
	Notes []Note
}

// File is a flow file.
type File struct {
	Name string // below the folder of flows
	Text []byte
	From string // where it was
}

// Kind says what a note is about.
type Kind string

// The kinds of notes, the most important first.
const (
	Broken   Kind = "broken"   // has to be mended before the agent takes it
	Changed  Kind = "changed"  // means something else now
	Missing  Kind = "missing"  // has no counterpart
	Needless Kind = "needless" // has none and needs none
)

// Note is one line of the report.
type Note struct {
	Kind Kind   `json:"kind"`
	From string `json:"from,omitempty"` // file:line
	Text string `json:"text"`
}

// Import reads an installation: folders of all of it, of single services,
// conf.d folders, folders of flows, or single files. The error is that nothing
// of an installation is there, or that something cannot be read.
func Import(paths []string) (*Result, error) {
	in := &installation{settings: map[string]map[string]value{}, env: map[string]value{}}
	for _, path := range paths {
		if err := in.read(path); err != nil {
			return nil, err
		}
	}
	in.compose()
	if len(in.settings) == 0 && len(in.flows) == 0 {
		return nil, problem.New("no settings and no flows of a Python RadDeploy are in "+strings.Join(paths, ", "), "name its folder, or a conf.d folder")
	}
	s := &site{installation: in}
	r := &Result{Site: s.text(), Flows: in.flows}
	options := s.check(r.Site)
	for i := range r.Flows {
		in.carryOver(&r.Flows[i], options)
	}
	r.Notes = in.sorted()
	return r, nil
}

// check has the agent's own reader look at the site, and returns what its flows
// may name.
func (s *site) check(text []byte) flowfile.Options {
	read, diagnostics := config.Parse("site.hcl", text, nil)
	s.complain(diagnostics)
	var options flowfile.Options
	if read != nil {
		for _, e := range read.Executors {
			options.Executors = append(options.Executors, e.Instance)
		}
	}
	return options
}

func (in *installation) complain(diagnostics lang.Diagnostics) {
	for _, d := range diagnostics {
		kind := Changed
		if d.Severity == lang.Error {
			kind = Broken
		}
		text := d.Summary
		if d.Hint != "" {
			text += ": " + d.Hint
		}
		in.note(kind, fmt.Sprintf("%s:%d", d.Range.Source.Name, d.Range.Start.Line), "%s", text)
	}
}

func (in *installation) note(kind Kind, from, format string, args ...any) {
	in.notes = append(in.notes, Note{kind, from, fmt.Sprintf(format, args...)})
}

// sorted is the report: the most important first, each line once.
func (in *installation) sorted() []Note {
	notes := []Note{}
	seen := map[Note]bool{}
	for _, kind := range []Kind{Broken, Changed, Missing, Needless} {
		for _, n := range in.notes {
			if n.Kind == kind && !seen[n] {
				seen[n] = true
				notes = append(notes, n)
			}
		}
	}
	return notes
}
