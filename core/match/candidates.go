package match

import (
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/match/decide"
	"github.com/raddeploy/raddeploy/core/run"
)

// texts are the values of one object that the flows ask for. A whole header
// would cost memory for as long as its arrival is matched.
type texts map[string][]string

// Texts returns the values that a path leads to.
func (t texts) Texts(path dcm.Path) []string { return t[path.String()] }

// candidates reads, of every object, what the flows' triggers ask for.
func (m *Matcher) candidates(arrival run.Arrival, objects []run.Object, flows []*flowfile.Loaded) []decide.Object {
	wanted := wantedPaths(flows)
	candidates := make([]decide.Object, len(objects))
	var readers errgroup.Group
	readers.SetLimit(runtime.NumCPU())
	for i, object := range objects {
		readers.Go(func() error {
			candidates[i] = decide.Object{
				Header:      m.read(object, wanted),
				CallingAET:  string(arrival.Sender.CallingAE),
				CalledAET:   string(arrival.Sender.CalledAE),
				PeerAddress: arrival.Sender.Address,
			}
			return nil
		})
	}
	_ = readers.Wait() // no reader fails
	return candidates
}

func wantedPaths(flows []*flowfile.Loaded) map[string]dcm.Path {
	wanted := make(map[string]dcm.Path)
	for _, f := range flows {
		for _, trigger := range f.Matcher.Triggers {
			for _, tag := range trigger {
				if tag.Sender == "" {
					wanted[tag.Path.String()] = tag.Path
				}
			}
		}
	}
	return wanted
}

// read scans the header of one object. A data set that breaks the rules has the
// values that could be read.
func (m *Matcher) read(object run.Object, wanted map[string]dcm.Path) texts {
	if len(wanted) == 0 {
		return nil
	}
	header, err := m.Headers.Header(object.File)
	if err != nil {
		m.Logger.Warn("header of a received object is not readable to its end", "file", object.File, "error", err)
	}
	values := make(texts, len(wanted))
	for name, path := range wanted {
		if found := header.Texts(path); len(found) > 0 {
			values[name] = found
		}
	}
	return values
}
