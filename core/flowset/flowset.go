package flowset

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/run"
)

// Store keeps which flows are switched off.
type Store interface {
	SwitchedOff(ctx context.Context) (map[flow.ID]time.Time, error)
	SwitchOff(ctx context.Context, id flow.ID, e run.Entry) error
	SwitchOn(ctx context.Context, id flow.ID, e run.Entry) error
}

// Interval is how often the flow files are looked at.
const Interval = time.Second

// Set is the flows of a site. It is made by [Open]; its methods may be called
// from many goroutines.
type Set struct {
	reading sync.Mutex // held while catalog is used
	catalog *flowfile.Catalog

	store  Store
	logger hclog.Logger
	rule   flow.Rule // the site's
	// switching is full during a switch: of two at once, the last one in the store
	// is the last one in off.
	switching chan struct{}

	mu     sync.Mutex
	files  *flowfile.Set
	off    map[flow.ID]time.Time // those that are switched off, and since when
	logged string                // the diagnostics that were logged last
}

// Open reads the site's flows and which of them are switched off.
func Open(ctx context.Context, site *config.Site, store Store, logger hclog.Logger) (*Set, error) {
	off, err := store.SwitchedOff(ctx)
	if err != nil {
		return nil, err
	}
	s := &Set{
		catalog: flowfile.NewCatalog(site.FlowDirs, Options(site)), store: store, off: off, logger: logger, rule: site.DICOM.Complete.Rule(),
		switching: make(chan struct{}, 1),
	}
	s.reload()
	return s, nil
}

// Configure takes up another configuration of the site: other folders, other
// executors and destinations that flows may name. All files are checked anew; a
// flow that the site no longer allows is out of force when Configure returns.
func (s *Set) Configure(site *config.Site) {
	s.reading.Lock()
	s.catalog.Configure(site.FlowDirs, Options(site))
	s.reading.Unlock()
	s.reload()
}

// Options is what flows are checked against at a site: the names that they may
// use, and the container fields that it allows.
func Options(site *config.Site) flowfile.Options {
	options := flowfile.Options{Allowed: allowed(site), Destinations: []string{}, Complete: site.DICOM.Complete}
	for _, e := range site.Executors { // a site that names none uses what it finds, and no name is wrong
		options.Executors = append(options.Executors, e.Instance)
	}
	for _, d := range site.Destinations {
		options.Destinations = append(options.Destinations, d.Name)
	}
	return options
}

// allowed says which further container fields flows may use: those that the
// executor's site configuration allows or, for a model that is not pinned to
// one, that any executor's does.
func allowed(site *config.Site) func(executor, word string) bool {
	return func(executor, word string) bool {
		return slices.ContainsFunc(site.Executors, func(e config.Executor) bool {
			return (executor == "" || executor == e.Instance) && slices.Contains(e.Allow, word)
		})
	}
}

// Run looks at the flow files until ctx ends, so that a change of them is in
// force an [Interval] later.
func (s *Set) Run(ctx context.Context) error {
	for {
		select {
		case <-time.After(Interval):
			s.reload()
		case <-ctx.Done():
			return nil
		}
	}
}

// reload reads what has changed, and reports what was taken up, and what is wrong
// with it, once.
func (s *Set) reload() {
	s.reading.Lock()
	defer s.reading.Unlock()
	files := s.catalog.Reload()
	var text strings.Builder
	for _, d := range files.Diagnostics {
		text.WriteString(d.String() + "\n")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report(files)
	s.files = files
	if text.String() == s.logged {
		return
	}
	s.logged = text.String()
	for _, d := range files.Diagnostics {
		s.logger.Warn(d.String())
	}
}

// report logs a line for each flow that is new, has changed or is gone. It is called
// with s locked.
func (s *Set) report(files *flowfile.Set) {
	if s.files == nil { // at the start
		return
	}
	before := make(map[flow.ID]string)
	for _, l := range s.files.Flows {
		before[l.Flow.ID()] = l.Digest
	}
	for _, l := range files.Flows {
		id := l.Flow.ID()
		if old := before[id]; old != l.Digest {
			s.logger.Info("flow taken up", "flow", id.Name, "version", id.Version, "file", l.Path, "digest", l.Digest, "digest_before", old)
		}
		delete(before, id)
	}
	for id, old := range before {
		s.logger.Info("flow is gone", "flow", id.Name, "version", id.Version, "digest_before", old)
	}
}

// InForce returns the flows that arrivals are matched against.
func (s *Set) InForce() []*flowfile.Loaded {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.files.Flows), func(l *flowfile.Loaded) bool {
		_, off := s.off[l.Flow.ID()]
		return off || l.Flow.Mode == flow.Off
	})
}

// Rules returns the rules of completion in use, each once: the site's, and those
// of the flows in force.
func (s *Set) Rules() []flow.Rule {
	rules := []flow.Rule{s.rule}
	for _, l := range s.InForce() {
		if !slices.Contains(rules, l.Rule) {
			rules = append(rules, l.Rule)
		}
	}
	return rules
}

// Grouping reports whether a rule in use groups objects by series or study.
func (s *Set) Grouping() bool { return slices.ContainsFunc(s.Rules(), flow.Rule.Groups) }

// Locate returns the place in a flow's file that a path below one of its models
// leads to, or none if the file no longer says what the flow with this digest
// says.
func (s *Set) Locate(digest string, model int, path ...string) lang.Range {
	s.mu.Lock()
	files := s.files
	s.mu.Unlock()
	for _, l := range files.Flows {
		if l.Digest == digest {
			return l.Locate(append([]string{"models", strconv.Itoa(model)}, path...)...)
		}
	}
	return lang.Range{}
}
