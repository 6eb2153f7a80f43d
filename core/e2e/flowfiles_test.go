package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// Flow files with every kind of mistake lie beside a good one, which runs. Each
// is complained of with file, line and column, and one that goes wrong while
// the agent works stays in force as it was.
func TestFlowFilesWithMistakes(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	for name, text := range map[string]string{
		"yaml-error":  "triggers: [\nmodels: }",
		"bad-pattern": "triggers:\n- Modality: '(CT'\nmodels: [{image: any}]\n",
		"cycle": `models:
- {image: any, input_mounts: {src: /input, b: /b}, output_mounts: {a: /a}}
- {image: any, input_mounts: {a: /a}, output_mounts: {b: /b, dst: /output}}
`,
		"two-writers": `models:
- {image: any, output_mounts: {x: /x}}
- {image: any, output_mounts: {x: /x}}
- {image: any, input_mounts: {x: /x}}
`,
		"no-image":       "models: [{command: 'true'}]\n",
		"no-destination": "models: [{image: any}]\ndestinations: [nowhere]\n",
		"refused-word":   "models: [{image: any, docker_kwargs: {privileged: true}}]\n",
		"empty":          "",
	} {
		site.Flow(name, text)
	}
	site.Flow("good", copies)
	site.Start()
	status, err := site.Client().Status(t.Context())
	if err != nil || strings.Join(status.Flows, " ") != "good" {
		t.Errorf("flows %q are in force (%v), want good alone", status.Flows, err)
	}
	for _, name := range []string{"yaml-error", "bad-pattern", "cycle", "two-writers", "no-image", "no-destination", "refused-word", "empty"} {
		site.Logs(name+".yaml:", "level\":\"warn")
	}
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Ended("good", run.Done)

	site.Flow("good", "models: [")
	site.Logs("good.yaml:1:", "")
	site.Send(testenv.Write(t, testenv.Object{})...)
	count(t, site, "good", 2)

	site.Flow("good", "name: better\n"+copies)
	testenv.Until(t, "the mended file to be in force", func() (bool, string) {
		status, err := site.Client().Status(t.Context())
		return err == nil && strings.Join(status.Flows, " ") == "better", fmt.Sprint(status.Flows, err)
	})
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Ended("better", run.Done)

	if err := os.Remove(filepath.Join(site.Dir, "flows", "good.yaml")); err != nil {
		t.Fatal(err)
	}
	testenv.Until(t, "the removed file to be out of force", func() (bool, string) {
		status, err := site.Client().Status(t.Context())
		return err == nil && len(status.Flows) == 0, fmt.Sprint(status.Flows, err)
	})
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Arrival(4, run.ArrivalUnmatched)
	count(t, site, "good", 2)
}

// count waits until a flow has as many runs, all of them done.
func count(t *testing.T, site *testenv.Site, flow string, n int) {
	t.Helper()
	testenv.Until(t, fmt.Sprintf("%d runs of %s", n, flow), func() (bool, string) {
		runs := site.Runs(flow)
		for _, r := range runs {
			if r.State != run.Done {
				return false, testenv.Describe(r)
			}
		}
		return len(runs) == n, fmt.Sprintf("%d runs", len(runs))
	})
}
