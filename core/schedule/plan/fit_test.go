package plan

import (
	"strings"
	"testing"
)

// A cluster of four GPUs as it is known over time, and one executor of the host
// beside it.
func TestFit(t *testing.T) {
	healthy := Executor{Instance: "slurm", Up: true, AllCPUs: 9, ClusterGPUs: 4}
	asked := Executor{Instance: "slurm", Message: "no answer", AllCPUs: 9} // for the first time
	away := Executor{Instance: "slurm", Message: "no answer", AllCPUs: 9, ClusterGPUs: 4}
	host := Executor{Instance: "docker", Up: true, AllCPUs: 2, SiteGPUs: true, GPUs: []GPU{{Name: "g0", Missing: true}}}
	down := host
	down.Up = false
	for _, test := range []struct {
		name     string
		ask      Ask
		executor Executor
		want     Answer
	}{
		{"a cluster that has them", Ask{GPUs: 4}, healthy, Yes},
		{"a cluster that says that it has fewer", Ask{GPUs: 5}, healthy, No},
		{"a cluster that has not answered yet", Ask{GPUs: 1}, asked, Unknown},
		{"a CPU task needs no answer", Ask{}, asked, Yes},
		{"a cluster that does not answer for a moment", Ask{GPUs: 4}, away, Yes},
		{"it may come back with more", Ask{GPUs: 5}, away, Unknown},
		{"a cluster that is given no slots", Ask{GPUs: 1}, Executor{Instance: "slurm", ClusterGPUs: 4}, No},
		{"a GPU that is missing may come back", Ask{GPUs: 1}, host, Yes},
		{"the site names the GPUs of a host", Ask{GPUs: 2}, down, No},
		{"pinned to it", Ask{Executor: "slurm", GPUs: 1}, asked, Unknown},
		{"pinned to another one", Ask{Executor: "docker"}, healthy, No},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Fit(test.ask, &test.executor); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestFitAny(t *testing.T) {
	host := Executor{Instance: "box", SiteGPUs: true, GPUs: []GPU{{Name: "g0", Missing: true}}, AllCPUs: 1}
	cluster := Executor{Instance: "cluster", AllCPUs: 1}
	for _, test := range []struct {
		name      string
		ask       Ask
		executors []Executor
		want      Answer
		why       string
	}{
		{"one that has a slot", Ask{}, []Executor{host}, Yes, ""},
		{"a GPU that may come back", Ask{GPUs: 1}, []Executor{host}, Yes, ""},
		{"more than the site has", Ask{GPUs: 2}, []Executor{host}, No, "no executor of this site that may run it has as many: give one gpus"},
		{"one says no and one is not known now", Ask{GPUs: 2}, []Executor{host, cluster}, Unknown, ""},
		{"one says yes and one is not known now", Ask{GPUs: 1}, []Executor{host, cluster}, Yes, ""},
		{"an executor that the site does not have", Ask{Executor: "other"}, []Executor{host, cluster},
			No, `executor "other" is not one of this site's (box, cluster): change the model's executor`},
		{"no slots anywhere", Ask{}, []Executor{{Instance: "box"}}, No, "no executor of this site takes CPU tasks: give one cpus"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, misfit := FitAny(test.ask, test.executors)
			if got != test.want || (misfit == nil) != (test.why == "") || misfit != nil && !strings.Contains(misfit.Error(), test.why) {
				t.Errorf("got %v %v, want %v %q", got, misfit, test.want, test.why)
			}
		})
	}
}
