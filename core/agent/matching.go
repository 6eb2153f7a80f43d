package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/match"
	"github.com/raddeploy/raddeploy/core/run"
)

// match makes runs of complete arrivals, oldest first.
func (a *Agent) match(ctx context.Context) error {
	for ctx.Err() == nil {
		arrivals, err := a.db.ArrivalsIn(ctx, run.ArrivalComplete)
		if err == nil {
			for _, arrival := range arrivals {
				if err = a.matchArrival(ctx, arrival); err != nil {
					break
				}
			}
		}
		retry := look
		if err != nil && ctx.Err() == nil {
			a.logger.Error("matching; trying again", "error", err)
			retry = time.Second
		}
		select {
		case <-a.matching:
		case <-time.After(retry):
		case <-ctx.Done():
		}
	}
	return nil
}

// matchArrival decides which flows an arrival triggers, and commits their runs
// and the explanation.
func (a *Agent) matchArrival(ctx context.Context, arrival run.Arrival) error {
	flows := a.flows.InForce()
	objects, err := a.db.Objects(ctx, arrival.ID)
	if err != nil {
		return err
	}
	matched := match.NewArrival(a.candidates(arrival, objects, flows))
	results := make([]*match.Result, 0, len(flows))
	var runs []run.Run
	var tasks [][]string
	for _, f := range flows {
		result := matched.Match(f.Matcher)
		result.Digest = f.Digest
		results = append(results, result)
		if result.Verdict == match.Matched {
			runs = append(runs, newRun(f, objects, result.Selected))
			tasks = append(tasks, modelNames(f.Flow))
		}
	}
	explanation, err := json.Marshal(results)
	if err != nil {
		return err
	}
	reason := ""
	if len(runs) == 0 {
		reason = fmt.Sprintf("none of %d flows wants it", len(flows))
	}
	if err := a.db.SetMatched(ctx, arrival.ID, explanation, reason, runs, tasks); err != nil {
		return err
	}
	a.scheduling.wake()
	a.logger.Info("arrival matched", "arrival", arrival.ID, "objects", len(objects), "runs", len(runs), "flows", len(flows))
	for _, r := range runs {
		a.logger.Info("run created", "run", r.ID, "arrival", arrival.ID, "flow", r.Flow, "version", r.Version, "objects", len(r.Objects))
	}
	return nil
}

func newRun(f *flowfile.Loaded, objects []run.Object, selected []int) run.Run {
	r := run.Run{
		ID:         run.NewID(),
		Flow:       f.Flow.Name,
		Version:    f.Flow.Version,
		Digest:     f.Digest,
		Definition: f.Encoded,
		Priority:   f.Flow.Priority,
		Created:    time.Now(),
	}
	for _, i := range selected {
		r.Objects = append(r.Objects, objects[i].ID)
	}
	r.Patient = objects[selected[0]].Patient
	return r
}

func modelNames(f *flow.Flow) []string {
	names := make([]string, len(f.Models))
	for i, model := range f.Models {
		names[i] = model.Name
	}
	return names
}

// texts are the values of one object that the flows ask for. A whole header
// would cost memory for as long as its arrival is matched.
type texts map[string][]string

// Texts returns the values that a path leads to.
func (t texts) Texts(path dcm.Path) []string { return t[path.String()] }

// candidates reads, of every object, what the flows' triggers ask for.
func (a *Agent) candidates(arrival run.Arrival, objects []run.Object, flows []*flowfile.Loaded) []match.Object {
	wanted := wantedPaths(flows)
	candidates := make([]match.Object, len(objects))
	var readers errgroup.Group
	readers.SetLimit(runtime.NumCPU())
	for i, object := range objects {
		readers.Go(func() error {
			candidates[i] = match.Object{
				Header:      a.read(object, wanted),
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
func (a *Agent) read(object run.Object, wanted map[string]dcm.Path) texts {
	if len(wanted) == 0 {
		return nil
	}
	header, err := a.spool.Header(object.File)
	if err != nil {
		a.logger.Warn("header of a received object is not readable to its end", "file", object.File, "error", err)
	}
	values := make(texts, len(wanted))
	for name, path := range wanted {
		if found := header.Texts(path); len(found) > 0 {
			values[name] = found
		}
	}
	return values
}
