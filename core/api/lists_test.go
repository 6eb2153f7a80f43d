package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/run"
)

// Filters and pages are the same in Go and over HTTP.
func TestListsOfRuns(t *testing.T) {
	s, story := acting(t)
	listening := httptest.NewServer(documented(t, s.Handler()))
	t.Cleanup(listening.Close)
	client := &api.Client{Address: listening.URL}
	created := func(i int) api.Run {
		r, err := s.Run(t.Context(), string(story.runs[i]))
		check(t, err)
		return r
	}
	for _, test := range []struct {
		name  string
		query api.RunQuery
		want  []int // of the story's runs
	}{
		{"all", api.RunQuery{}, []int{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}},
		{"several states", api.RunQuery{States: []run.State{run.Failed, run.Canceled}}, []int{8, 4, 3}},
		{"a flow", api.RunQuery{Flow: "two"}, []int{9, 8, 7, 6}},
		{"a version of a flow", api.RunQuery{Flow: "two@1.0"}, nil},
		{"a sender and a state", api.RunQuery{Sender: "CT7", States: []run.State{run.Done}}, []int{2}},
		{"an arrival", api.RunQuery{Arrival: created(6).Arrival}, []int{9, 8, 7, 6}},
		{"a patient", api.RunQuery{Patient: "1234 P", Flow: "two"}, []int{9, 8, 7, 6}},
		{"another patient", api.RunQuery{Patient: "1235"}, nil},
		{"an accession number", api.RunQuery{Accession: "A-one", States: []run.State{run.Done, run.Failed}}, []int{3, 2}},
		{"a study date", api.RunQuery{StudyDate: "2024-02-29", Sender: "CT8"}, []int{9, 8, 7, 6}},
		{"oldest first", api.RunQuery{Flow: "two", Paging: api.Paging{Sort: api.Oldest}}, []int{6, 7, 8, 9}},
		{"open states", api.RunQuery{States: []run.State{run.Running, run.Pending, run.Sending}}, []int{9, 6, 5, 1, 0}},
		{"times", api.RunQuery{Since: created(2).Created, Until: created(4).Created}, []int{3, 2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var want []string
			for _, i := range test.want {
				want = append(want, string(story.runs[i]))
			}
			test.query.Limit = 3
			for way, list := range map[string]func(api.RunQuery) (api.Page[api.Run], error){
				"Go":   func(q api.RunQuery) (api.Page[api.Run], error) { return s.Runs(t.Context(), q) },
				"HTTP": func(q api.RunQuery) (api.Page[api.Run], error) { return client.Runs(t.Context(), q) },
			} {
				var got []string
				for query := test.query; ; {
					page, err := list(query)
					check(t, err)
					for _, r := range page.Items {
						got = append(got, string(r.ID))
					}
					if query.After = page.Next; page.Next == "" {
						break
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("by %s (-want +got):\n%s", way, diff)
				}
			}
		})
	}
}

// A filter that is not understood is an error: a list that ignores it would show
// what nobody asked for.
func TestListsThatAreRefused(t *testing.T) {
	s, _ := acting(t)
	for url, want := range map[string]string{
		"/v1/runs?accession=A1":    "accession is patient data and belongs into no URL: POST it to /v1/runs/search",
		"/v1/runs?states=done":     `parameter "states" is unknown: did you mean state?`,
		"/v1/runs?state=fialed":    `state "fialed" is unknown: did you mean failed?`,
		"/v1/runs?limit=0":         "not a number from 1 to 1000",
		"/v1/runs?after=x":         "not the Raddeploy-Next of a page",
		"/v1/runs?since=yesterday": "neither a time",
		"/v1/runs?flow=a&flow=b":   "more than once",
		"/v1/journal?actions=x":    "did you mean action?",
		"/v1/flows?state=enabled":  `state "enabled" is unknown`,
		"/v1/peers?limits=1":       "did you mean limit?",
		"/v1/destinations?limit=x": "not a number from 1 to 1000",
		"/v1/retention?after=1&x=": `parameter "x" is unknown`,
	} {
		recorder := httptest.NewRecorder()
		s.Handler().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, url, nil))
		var refused web.Problem
		check(t, json.Unmarshal(recorder.Body.Bytes(), &refused))
		if recorder.Code != http.StatusBadRequest || refused.Status != recorder.Code || !strings.Contains(refused.Detail, want) {
			t.Errorf("%s: %d %+v, want %s", url, recorder.Code, refused, want)
		}
	}
}

// A state that is asked for many times counts once.
func TestStatesManyTimes(t *testing.T) {
	s, _ := acting(t)
	request := httptest.NewRequest(http.MethodGet, "/v1/runs?state="+strings.Repeat("done,", 1000)+"failed", nil)
	answer := httptest.NewRecorder()
	s.Handler().ServeHTTP(answer, request)
	var all []api.Run
	if err := json.Unmarshal(answer.Body.Bytes(), &all); answer.Code != http.StatusOK || err != nil || len(all) == 0 {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}
