package flowset

import (
	"time"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/lang"
)

// State is whether a flow takes part: its own mode, or one of those below.
type State string

// States besides a flow's own modes.
const (
	Disabled State = "disabled" // it was switched off
	Broken   State = "broken"   // its file holds no flow, and never did since the agent started
)

// Flow is a flow of the site as people see it, or a file that should hold one.
type Flow struct {
	*flowfile.Loaded // nil: the file holds none
	Path             string
	State            State
	Problems         []string  // what is wrong with the file, a line each
	DisabledSince    time.Time // zero: it is not disabled
}

// Show returns the flow that an identity or a name means. The error is a
// [ConflictError] or an [ErrNotFound].
func (s *Set) Show(name string) (Flow, error) {
	l, err := s.find(name)
	if err != nil {
		return Flow{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.show(l), nil
}

// Find returns the flow that an identity or a name means, also one that takes no
// part. The error is a [ConflictError] or an [ErrNotFound].
func (s *Set) Find(name string) (*flowfile.Loaded, error) { return s.find(name) }

// List returns the flows, and the files that hold none because they are broken.
func (s *Set) List() []Flow {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Flow
	held := make(map[string]bool)
	for _, l := range s.files.Flows {
		all = append(all, s.show(l))
		held[l.Path] = true
	}
	for _, d := range s.files.Diagnostics {
		if path := fileOf(d); d.Severity == lang.Error && !held[path] {
			held[path] = true
			all = append(all, Flow{Path: path, State: Broken, Problems: s.problems(path)})
		}
	}
	return all
}

// Names returns the identities of all flows.
func (s *Set) Names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := []string{}
	for _, l := range s.files.Flows {
		names = append(names, l.Flow.ID().String())
	}
	return names
}

// Errors lists the errors in flow files, a line each.
func (s *Set) Errors() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := []string{}
	for _, d := range s.files.Diagnostics {
		if d.Severity == lang.Error {
			lines = append(lines, d.String())
		}
	}
	return lines
}

// show is called with s locked.
func (s *Set) show(l *flowfile.Loaded) Flow {
	shown := Flow{Loaded: l, Path: l.Path, State: State(l.Flow.Mode), Problems: s.problems(l.Path)}
	if shown.State == "" {
		shown.State = State(flow.Live)
	}
	if since, off := s.off[l.Flow.ID()]; off {
		shown.State, shown.DisabledSince = Disabled, since
	}
	return shown
}

// problems lists what is wrong with a file, a line each. It is called with s
// locked.
func (s *Set) problems(path string) (lines []string) {
	for _, d := range s.files.Diagnostics {
		if fileOf(d) == path {
			lines = append(lines, d.String())
		}
	}
	return lines
}

func fileOf(d lang.Diagnostic) string {
	if d.Range.Source == nil {
		return ""
	}
	return d.Range.Source.Name
}
