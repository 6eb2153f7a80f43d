package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

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

// Tasks are listed over all runs, by the same filters in Go and over HTTP, and in parts.
func TestListsOfTasks(t *testing.T) {
	s, story := acting(t)
	listening := httptest.NewServer(documented(t, s.Handler()))
	t.Cleanup(listening.Close)
	client := &api.Client{Address: listening.URL}
	var all []string // newest first
	tasks := make(map[string]api.Task)
	created := make(map[run.ID]time.Time)
	for _, id := range slices.Backward(story.runs) {
		r, err := s.Run(t.Context(), string(id))
		check(t, err)
		created[id] = r.Created
		for _, task := range slices.Backward(r.Tasks) {
			key := fmt.Sprintf("%s/%d", id, task.Index)
			all, tasks[key] = append(all, key), task
		}
	}
	of := func(key string) run.ID { id, _, _ := strings.Cut(key, "/"); return run.ID(id) }
	first, second := story.runs[1], story.runs[3]
	for _, test := range []struct {
		name  string
		query api.TaskQuery
		has   func(key string) bool
	}{
		{"all", api.TaskQuery{}, func(string) bool { return true }},
		{"states", api.TaskQuery{States: []run.TaskState{run.TaskFailed, run.TaskSkipped}}, func(key string) bool {
			return tasks[key].State == run.TaskFailed || tasks[key].State == run.TaskSkipped
		}},
		{"a run", api.TaskQuery{Run: first}, func(key string) bool { return of(key) == first }},
		{"a flow", api.TaskQuery{Flow: "one"}, func(key string) bool { return slices.Contains(story.runs[:6], of(key)) }},
		{"another version", api.TaskQuery{Flow: "one@none"}, func(string) bool { return false }},
		{"an executor", api.TaskQuery{Executor: tasks[string(first)+"/0"].Attempts[0].Executor}, func(key string) bool { return len(tasks[key].Attempts) > 0 }},
		{"no executor", api.TaskQuery{Executor: "nobody"}, func(string) bool { return false }},
		{"times", api.TaskQuery{Since: created[first], Until: created[second]}, func(key string) bool {
			return !created[of(key)].Before(created[first]) && created[of(key)].Before(created[second])
		}},
		{"oldest first", api.TaskQuery{Paging: api.Paging{Sort: api.Oldest}}, func(string) bool { return true }},
	} {
		t.Run(test.name, func(t *testing.T) {
			var want []string
			for _, key := range all {
				if test.has(key) {
					want = append(want, key)
				}
			}
			if test.query.Sort == api.Oldest {
				slices.Reverse(want)
			}
			test.query.Limit = 2
			for way, list := range map[string]func(api.TaskQuery) (api.Page[api.ListedTask], error){
				"Go":   func(q api.TaskQuery) (api.Page[api.ListedTask], error) { return s.Tasks(t.Context(), q) },
				"HTTP": func(q api.TaskQuery) (api.Page[api.ListedTask], error) { return client.Tasks(t.Context(), q) },
			} {
				var got []string
				for query := test.query; ; {
					page, err := list(query)
					check(t, err)
					for _, one := range page.Items {
						key := fmt.Sprintf("%s/%d", one.Run, one.Index)
						got = append(got, key)
						if task := tasks[key]; one.Name != task.Name || one.State != task.State || one.Reason != task.Reason {
							t.Errorf("%s is %+v, want %+v", key, one, task)
						}
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
		"/v1/tasks?state=fialed":   `state "fialed" is unknown: did you mean failed?`,
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
