package ui

import (
	"encoding/json"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/match/decide"
)

// why is what one flow did about an arrival.
type why struct {
	Flow, Version string
	State         string
	Headline      string
	Short         string
	Lines         []decide.Line
	Run           *api.Run
}

// hidden stands where the value of a tag stood that may tell who a patient is.
const hidden = "(hidden here; raddeploy explain shows it)"

// whysOf are those of an arrival, as they were recorded.
func whysOf(a api.Arrival) (all []why) {
	var results []*decide.Result
	if err := json.Unmarshal(a.Explanation, &results); err != nil {
		return nil // it was not matched yet
	}
	for _, r := range results {
		w := whyOf(r, nil)
		for i := range a.Runs {
			if a.Runs[i].Flow == r.Flow && a.Runs[i].Version == r.Version {
				w.Run = &a.Runs[i]
			}
		}
		all = append(all, w)
	}
	return all
}

func whyOf(r *decide.Result, file func(int) string) why {
	conceal(r)
	t := decide.Text{Result: r, File: file}
	return why{Flow: r.Flow, Version: r.Version, State: string(r.Verdict), Headline: t.Headline(), Short: t.Short(), Lines: t.Lines()}
}

// conceal takes the values of identifying tags out of a result.
func conceal(r *decide.Result) {
	for i := range r.Triggers {
		for j := range r.Triggers[i].Tags {
			tag := &r.Triggers[i].Tags[j]
			if !identifying(tag.Tag) {
				continue
			}
			for k := range tag.Values {
				tag.Values[k].Text = hidden
			}
		}
		concealMiss(r.Triggers[i].Miss)
	}
	concealMiss(r.Veto)
}

func concealMiss(m *decide.Miss) {
	if m != nil && identifying(m.Tag) {
		m.Value = hidden
	}
}
