package e2e_test

import (
	"fmt"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// Two executors of this host share its one CPU slot. A third one, whose backend
// is elsewhere, has slots of its own, as many as its backend takes.
func TestSlotsOfAHost(t *testing.T) {
	t.Parallel()
	block := func(instance string, cpus int, more string) string {
		return fmt.Sprintf("executor \"fake\" %q {\n cpus = %d\n config {\n dir = \"SITE/%s\"\n %s\n }\n}\n", instance, cpus, instance, more)
	}
	site := programs.NewSite(t, block("a", 1, ""), block("b", 1, ""), block("far", 3, "local = false\n slots = 1"))
	// In this order: they stand so in the queue.
	for n, executor := range []string{"", "", "", "b"} {
		pin := ""
		if executor != "" {
			pin = ", executor: " + executor
		}
		site.Flow(fmt.Sprint("f", n), fmt.Sprintf("priority: %d\ntriggers: [{Modality: CT}]\nmodels: [{image: any, options: {hold: true}%s}]\n", 4-n, pin))
	}
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	on := func(flow, executor string) api.Run {
		t.Helper()
		r := site.Run(flow, "running", testenv.Running(1))
		if got := r.Tasks[0].Attempts[0].Executor; got != executor {
			t.Errorf("%s runs on %s, want %s", flow, got, executor)
		}
		return r
	}
	first, far := on("f0", "a"), on("f1", "far")
	waits(site, "f2", "waits for a free CPU slot")
	waits(site, "f3", "waits for a free CPU slot")
	release(t, backendOf(site, "a"), first)
	second := on("f2", "a")
	waits(site, "f3", "waits for a free CPU slot")
	release(t, backendOf(site, "a"), second)
	release(t, backendOf(site, "b"), on("f3", "b"))
	release(t, backendOf(site, "far"), far)
	for n := range 4 {
		site.Ended(fmt.Sprint("f", n), run.Done)
	}
}
