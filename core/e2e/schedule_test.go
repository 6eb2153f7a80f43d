package e2e_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// Two CPU slots, and more to do than fits: later tasks of running runs go
// first, then priorities, then the order of arrival. Every step is one task
// that is let end, and the one that takes its slot.
func TestSlotsAndPriorities(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(2))
	const model = `{image: any, options: {hold: true}, `
	site.Flow("chain", `
triggers: [{Modality: MR}]
models:
  - `+model+`name: first, output_mounts: {x: /x}}
  - `+model+`name: second, input_mounts: {x: /x}}
`)
	for _, priority := range []int{0, 3, 5} {
		site.Flow(fmt.Sprintf("p%d", priority), fmt.Sprintf("priority: %d\ntriggers: [{Modality: CT}]\nmodels: [%sname: only}]\n", priority, model))
	}
	site.Start()
	story := &story{t: t, site: site}

	mr := testenv.Object{Class: testenv.MR, Modality: "MR"}
	for n := range 2 { // two chains take both slots
		site.Send(testenv.Write(t, mr)...)
		site.Arrival(n+1, run.ArrivalMatched)
	}
	story.runs("chain-1.first", "chain-2.first")
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Arrival(4, run.ArrivalMatched)
	waiting := site.Run("p5", "waiting", func(r api.Run) bool { return r.Tasks[0].Reason != "" })
	if want := "waits for a free CPU slot"; waiting.Tasks[0].Reason != want {
		t.Errorf("a task that waits says %q, want %q", waiting.Tasks[0].Reason, want)
	}

	for _, step := range []struct{ ends, starts string }{
		{"chain-1.first", "chain-1.second"},
		{"chain-1.second", "p5-1.only"},
		{"chain-2.first", "chain-2.second"},
		{"p5-1.only", "p5-2.only"},
		{"chain-2.second", "p3-1.only"},
		{"p5-2.only", "p3-2.only"},
		{"p3-2.only", "p0-1.only"},
		{"p3-1.only", "p0-2.only"},
	} {
		story.step(step.ends, step.starts)
	}
	story.step("p0-1.only", "")
	story.step("p0-2.only", "")
	for _, flow := range flows {
		count(t, site, flow, 2)
	}
	if most := story.most(); most != 2 {
		t.Errorf("%d tasks were running at one time, want 2", most)
	}
}

var flows = [...]string{"chain", "p0", "p3", "p5"}

// One GPU and two runs that want it: the second one waits, says for what, and
// gets the same device.
func TestOneGPU(t *testing.T) {
	t.Parallel()
	const uuid = "GPU-5f0e1a52-7c1a-4a3b-9b0e-0d3a4f0f6a11"
	site := programs.NewSite(t, `executor "fake" {
		gpus = ["0"]
		config {
			dir  = "SITE/fake"
			gpus = ["`+uuid+`"]
		}
	}`)
	site.Flow("first", "priority: 1\ntriggers: [{Modality: CT}]\nmodels: [{image: any, gpu: true, options: {hold: true}}]\n")
	site.Flow("second", "triggers: [{Modality: CT}]\nmodels: [{image: any, gpu: true, options: {hold: true}}]\n")
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Run("second", "waiting for the GPU", func(r api.Run) bool { return r.Tasks[0].Reason == "waits for a free GPU" })
	for _, flow := range []string{"first", "second"} {
		r := site.Run(flow, "running", testenv.Running(1))
		attempt := sdk.AttemptID(r.Tasks[0].Attempts[0].ID)
		task, err := site.Backend().Task(attempt)
		if err != nil || len(task.GPUs) != 1 || task.GPUs[0].UUID != uuid {
			t.Errorf("%s was given %v (%v), want %s", flow, task.GPUs, err, uuid)
		}
		if err := site.Backend().Release(attempt); err != nil {
			t.Fatal(err)
		}
		site.Ended(flow, run.Done)
	}
}

// story follows which tasks the executor runs, by names such as
// "chain-1.second": the first run of flow chain, its model second.
type story struct {
	t    *testing.T
	site *testenv.Site
	now  map[string]sdk.AttemptID
}

// runs waits until exactly these tasks are with the executor and not at their end.
func (s *story) runs(want ...string) {
	s.t.Helper()
	testenv.Until(s.t, strings.Join(want, " and ")+" to run", func() (bool, string) {
		s.now = make(map[string]sdk.AttemptID)
		for _, flow := range flows {
			for n, r := range s.site.Runs(flow) {
				for _, task := range r.Tasks {
					if task.State == run.TaskRunning {
						s.now[fmt.Sprintf("%s-%d.%s", flow, n+1, task.Name)] = sdk.AttemptID(task.Attempts[len(task.Attempts)-1].ID)
					}
				}
			}
		}
		for _, name := range want {
			if _, ok := s.now[name]; !ok {
				return false, fmt.Sprint(s.now)
			}
		}
		return len(s.now) == len(want), fmt.Sprint(s.now)
	})
}

// step lets one of the tasks end and waits until another one has taken its
// slot, "" being none.
func (s *story) step(ends, starts string) {
	s.t.Helper()
	if err := s.site.Backend().Release(s.now[ends]); err != nil {
		s.t.Fatal(err)
	}
	var want []string
	for name := range s.now {
		if name != ends {
			want = append(want, name)
		}
	}
	if starts != "" {
		want = append(want, starts)
	}
	s.runs(want...)
}

// most is how many tasks were running at one time at the most.
func (s *story) most() int {
	s.t.Helper()
	type change struct {
		at time.Time
		by int
	}
	var changes []change
	for _, flow := range flows {
		for _, r := range s.site.Runs(flow) {
			for _, task := range r.Tasks {
				for _, attempt := range task.Attempts {
					changes = append(changes, change{*attempt.Started, 1}, change{*attempt.Ended, -1})
				}
			}
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.by, b.by)) })
	now, most := 0, 0
	for _, c := range changes {
		now += c.by
		most = max(most, now)
	}
	return most
}
