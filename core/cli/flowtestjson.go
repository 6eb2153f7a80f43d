package cli

import (
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/match/decide"
	"github.com/raddeploy/raddeploy/core/rehearse"
)

// testReport is the result for one flow, for programs.
type testReport struct {
	ID           string                 `json:"id"`
	State        string                 `json:"state"` // matched if one arrival at least would run
	WouldRun     bool                   `json:"would_run"`
	Arrivals     []testArrival          `json:"arrivals"`
	Stages       [][]rehearse.Step      `json:"stages"`
	Destinations []rehearse.Destination `json:"destinations"`
}

type testArrival struct {
	Rule        string         `json:"rule"`
	UID         dcm.UID        `json:"uid,omitempty"`
	State       string         `json:"state"`
	Repeated    int            `json:"repeated,omitempty"`
	Missing     []string       `json:"missing,omitempty"` // what the rule expects
	Explanation *decide.Result `json:"explanation"`
	Files       []testFile     `json:"files"` // the selected objects
}

type testFile struct {
	File string `json:"file"`
	Src  string `json:"src"` // where it would stand in src
}

func testReports(reports []rehearse.Report) []testReport {
	shown := []testReport{}
	for i := range reports {
		r := &reports[i]
		one := testReport{
			ID: named(r.Flow.Name, r.Flow.Version), State: string(r.Arrivals[0].Result.Verdict), WouldRun: wouldRun(r), Arrivals: []testArrival{},
			Stages: r.Plan.Stages, Destinations: r.Plan.Destinations,
		}
		for _, o := range r.Arrivals {
			if o.Result.Verdict == decide.Matched {
				one.State = string(decide.Matched)
			}
			arrival := testArrival{Rule: o.Rule, UID: o.UID, State: string(o.Result.Verdict), Repeated: o.Repeated, Missing: o.Missing, Explanation: o.Result, Files: []testFile{}}
			for k, object := range o.Result.Selected {
				arrival.Files = append(arrival.Files, testFile{o.Objects[object].File, o.Src[k]})
			}
			one.Arrivals = append(one.Arrivals, arrival)
		}
		shown = append(shown, one)
	}
	return shown
}
