package ui

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/run"
)

// oneRun is all about a run.
type oneRun struct {
	api.Run
	Path    string
	Done    int // tasks
	Owner   string
	Graph   *dag // nil: its flow cannot be read
	Inputs  *tree
	Outputs *tree
	Why     []why
	RanOn   []ranOn
	Acts    []link
	HasLogs bool
	Sending []delivery

	Pictures *pictures
}

// delivery is one with the first of its results: those that are not sent come first.
type delivery struct {
	api.Delivery
	More int // results that are not shown
}

const mostResults = 100

func deliveriesOf(all []api.Delivery) (shown []delivery) {
	for _, d := range all {
		one := delivery{Delivery: d}
		one.Results = slices.Clone(d.Results)
		slices.SortStableFunc(one.Results, func(a, b api.Result) int { return urgency(a.State) - urgency(b.State) })
		if one.More = max(0, len(one.Results)-mostResults); one.More > 0 {
			one.Results = one.Results[:mostResults]
		}
		shown = append(shown, one)
	}
	return shown
}

// urgency is 0 for what failed, and grows with how little it matters.
func urgency(s run.ObjectState) int {
	return slices.Index([]run.ObjectState{run.ObjectFailed, run.ObjectPending, run.ObjectNotDICOM, run.ObjectSent}, s)
}

// ranOn is what an attempt ran on.
type ranOn struct {
	Task    string
	Attempt api.Attempt
	Exit    string // as JSON
	State   string
}

// exitText is an exit as JSON; "" for none.
func exitText(e *api.Exit) string {
	if e == nil {
		return ""
	}
	text, _ := json.Marshal(e) // of texts and numbers
	return string(text)
}

// outcome is what came of an attempt, in a word.
func outcome(a *api.Attempt) string {
	switch {
	case a.Ended == nil:
		return "running"
	case a.Reason != "":
		return "failed"
	}
	return "succeeded"
}

func (p *Pages) run(r *http.Request) (*page, error) {
	found, err := p.api.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	one := &oneRun{Run: found, Path: "/ui/runs/" + string(found.ID), HasLogs: found.LogsRemoved == nil, Sending: deliveriesOf(found.Deliveries)}
	one.Pictures = p.pictures(r, "runs", string(found.ID), p.api.RunPictures)
	executors := p.api.Executors()
	for _, t := range found.Tasks {
		if t.State == run.TaskSucceeded {
			one.Done++
		}
		for i := range t.Attempts {
			a := &t.Attempts[i]
			a.GPUs = gpuNames(executors, a.Executor, a.GPUs)
			one.RanOn = append(one.RanOn, ranOn{t.Name, *a, exitText(a.Exit), outcome(a)})
		}
	}
	var levels []string
	if f, err := flowfile.ReadJSON(found.Definition); err == nil {
		graph := drawRun(f, &found)
		one.Graph, one.Owner, levels = &graph, f.Owner, f.TarSubdir
	}
	if err := p.files(r, one, levels); err != nil {
		return nil, err
	}
	one.actions()
	return &page{Title: named(found.Flow, found.Version) + " · run " + short(found.ID), Tab: "Runs", Data: one, Sections: []string{
		"run-head", "run-graph", "run-tasks", "run-deliveries", "run-pictures", "run-log", "run-files", "run-why", "run-on", "run-history",
	}}, nil
}

// files are what the run reads and what it sends, and why it was made.
func (p *Pages) files(r *http.Request, one *oneRun, levels []string) error {
	sources, err := p.api.Source(r.Context(), string(one.ID))
	if err != nil {
		return err
	}
	if len(sources) > 0 {
		one.Inputs = treeOf("src", sources, levels)
	}
	sent := map[string]bool{}
	for _, d := range one.Deliveries {
		for _, result := range d.Results {
			sent[result.File] = true
		}
	}
	if len(sent) > 0 {
		one.Outputs = treeOf("outputs that are sent", slices.Collect(maps.Keys(sent)), nil)
	}
	arrival, err := p.api.Arrival(r.Context(), string(one.Arrival))
	if err != nil {
		return err
	}
	for _, w := range whysOf(arrival) {
		if w.Flow == one.Flow && w.Version == one.Version {
			one.Why = append(one.Why, w)
		}
	}
	return nil
}

// actions are those that its state allows.
func (one *oneRun) actions() {
	add := func(words ...string) {
		for _, word := range words {
			one.Acts = append(one.Acts, link{actions[word].Name, one.Path + "/" + word, true})
		}
	}
	_, held := one.State.Held()
	switch {
	case held:
		add("release", "discard")
	case one.State.Final():
		if one.Done < len(one.Tasks) {
			add("retry")
		} else if len(one.Deliveries) > 0 {
			add("resend", "retry")
		}
	default:
		add("cancel")
	}
	add("rerun")
}
