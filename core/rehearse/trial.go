package rehearse

import (
	"slices"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/execute"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/match/decide"
	"github.com/raddeploy/raddeploy/core/run"
)

// Sender is who the objects would come from.
type Sender struct{ CallingAET, CalledAET, Address string }

// Trial is what flows are tried with.
type Trial struct {
	Sender Sender
	// Site says which tar_subdir, completion rule, executors and destinations
	// hold. Nil: those of no particular site.
	Site *config.Site
	// Rule groups objects whatever the flows and the site say: association,
	// series or study. "": as they say.
	Rule string
}

// Report is what one flow would do.
type Report struct {
	Flow *flow.Flow
	Rule flow.Complete // by which the flow's arrivals are complete
	// Assumed says that the rule is the default, because neither flow nor caller
	// said one and there is no site, and that another would make more arrivals.
	Assumed  bool
	Arrivals []Outcome // of that rule
	Plan     Plan
}

// Runs is how many runs there would be.
func (r *Report) Runs() int {
	n := 0
	for _, o := range r.Arrivals {
		if o.Result.Verdict == decide.Matched {
			n++
		}
	}
	return n
}

// Outcome is what one flow would do about one arrival.
type Outcome struct {
	*Arrival
	Result *decide.Result
	// where the selected objects would stand in src, in the order of
	// Result.Selected
	Src []string
}

// Paths returns what has to be known of each object to try some flows.
func (t *Trial) Paths(flows []*flowfile.Loaded) []dcm.Path {
	var matchers []*flow.Matcher
	for _, f := range flows {
		expected, _ := t.rule(f.Flow).Expected() // what is wrong with it, the flow file's or the site's reader has said
		matchers = append(append(matchers, f.Matcher), expected...)
	}
	paths := decide.Wanted(matchers)
	for _, f := range flows {
		for _, entry := range t.Subdir(f.Flow) {
			path, err := dcm.ParsePath(entry)
			if err == nil && !slices.ContainsFunc(paths, func(p dcm.Path) bool { return p.String() == path.String() }) {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// Try says what flows would do with a folder that was scanned for their
// [Trial.Paths].
func (t *Trial) Try(folder *Folder, flows []*flowfile.Loaded) []Report {
	groups := map[flow.Rule]*group{}
	assumed := t.Rule == "" && t.Site == nil && len(Group(folder.Objects, flow.OnSeries)) > 1
	reports := make([]Report, len(flows))
	for i, f := range flows {
		rule := t.rule(f.Flow)
		if groups[rule.Rule()] == nil {
			groups[rule.Rule()] = t.group(folder, rule)
		}
		g := groups[rule.Rule()]
		reports[i] = Report{Flow: f.Flow, Rule: rule, Assumed: assumed && f.Flow.Complete == nil, Plan: t.plan(f.Flow)}
		for k := range g.arrivals {
			outcome := Outcome{Arrival: &g.arrivals[k], Result: g.ready[k].Match(f.Matcher)}
			outcome.Src = t.src(f.Flow, outcome)
			reports[i].Arrivals = append(reports[i].Arrivals, outcome)
		}
	}
	return reports
}

// group is the arrivals that a rule makes.
type group struct {
	arrivals []Arrival
	ready    []*decide.Arrival
}

func (t *Trial) group(folder *Folder, rule flow.Complete) *group {
	g := &group{arrivals: Group(folder.Objects, rule.On)}
	if len(g.arrivals) == 0 {
		// nothing at all is one empty arrival, so that there is something to say
		g.arrivals = []Arrival{{Rule: rule.On}}
	}
	expected, _ := rule.Expected()
	for k := range g.arrivals {
		a := &g.arrivals[k]
		candidates := t.candidates(a)
		g.ready = append(g.ready, decide.NewArrival(candidates))
		for i, matcher := range expected {
			if decide.Match(matcher, candidates).Verdict != decide.Matched {
				a.Missing = append(a.Missing, rule.Expect[i].Named())
			}
		}
	}
	return g
}

// rule is by what a flow's arrivals are complete: what is asked for, or else
// what the flow or the site says.
func (t *Trial) rule(f *flow.Flow) flow.Complete {
	var said flow.Complete
	switch {
	case f.Complete != nil:
		said = *f.Complete
	case t.Site != nil:
		said = t.Site.DICOM.Complete
	}
	if t.Rule != "" && t.Rule != said.On {
		said = flow.Complete{On: t.Rule}
	}
	return said.WithDefaults()
}

// Subdir returns the sub-folders of src that hold for a flow.
func (t *Trial) Subdir(f *flow.Flow) []string {
	if t.Site == nil {
		return f.TarSubdir
	}
	return f.Subdirs(t.Site.TarSubdir)
}

func (t *Trial) candidates(a *Arrival) []decide.Object {
	headers := make([]decide.Header, len(a.Objects))
	for i := range headers {
		headers[i] = &a.Objects[i]
	}
	from := run.Sender{CallingAE: dcm.AETitle(t.Sender.CallingAET), CalledAE: dcm.AETitle(t.Sender.CalledAET), Address: t.Sender.Address}
	candidates := decide.Candidates(headers, func(int) run.Sender { return from })
	for i := range candidates {
		candidates[i].Fault = a.Objects[i].fault
	}
	return candidates
}

func (t *Trial) src(f *flow.Flow, o Outcome) []string {
	selected := make([]run.Object, len(o.Result.Selected))
	for i, k := range o.Result.Selected {
		selected[i] = o.Objects[k].Object
	}
	texts := func(i int) execute.Texts { return &o.Objects[o.Result.Selected[i]] }
	return execute.SourceFiles(selected, texts, t.Subdir(f))
}
