package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// cli runs a command of the program against a site's agent.
func cli(t *testing.T, site *testenv.Site, args ...string) (code int, out string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), programs.Agent, append(args, "-address", site.Client().Address)...)
	output, err := command.CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return command.ProcessState.ExitCode(), string(output)
}

// A flow that was disabled takes no part until it is enabled, over restarts and
// changes of its file.
func TestDisabledFlow(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(2))
	site.Flow("a", "name: a\n"+copies)
	site.Flow("b", "name: b\nversion: 1.02\n"+copies)
	site.Flow("b2", "name: b\nversion: 2\n"+copies)
	site.Flow("off", "name: off\nmode: off\n"+copies)
	site.Start()
	for _, step := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"flow", "disable", "a"}, 0, "a is disabled"},
		{[]string{"flow", "disable", "a"}, 0, "a is disabled"},
		{[]string{"flow", "disable", "b@1.02"}, 0, "b@1.02 is disabled"},
		{[]string{"flow", "disable", "b"}, 1, "2 versions: name one of them"},
		{[]string{"flow", "enable", "off"}, 1, "off in its own file"},
		{[]string{"flow", "disable", "nothing"}, 4, "raddeploy flow list"},
		{[]string{"flow", "show", "a"}, 0, "image: any"},
		{[]string{"flow", "enable", "b@1.02"}, 0, "b@1.02 is live"},
	} {
		if code, out := cli(t, site, step.args...); code != step.code || !strings.Contains(out, step.says) {
			t.Errorf("%v: exit code %d, want %d; %q is to be in\n%s", step.args, code, step.code, step.says, out)
		}
	}
	if _, out := cli(t, site, "journal"); strings.Count(out, "disable") != 2 || strings.Count(out, "enable ") != 1 || !strings.Contains(out, "flow b@1.02") {
		t.Errorf("the journal of three changes is\n%s", out)
	}
	site.Stop()
	site.Start()
	site.Flow("a", "# another text\nname: a\n"+copies)
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Ended("b", run.Done)
	if want, got := []string{"a disabled", "b@1.02 live", "b@2 live", "off off"}, states(t, site); !slices.Equal(got, want) {
		t.Errorf("flows are %q, want %q", got, want)
	}
	if runs := site.Runs("a"); len(runs) != 0 {
		t.Errorf("a disabled flow has %d runs", len(runs))
	}
	if code, out := cli(t, site, "flow", "enable", "a"); code != 0 {
		t.Fatal(out)
	}
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Ended("a", run.Done)
}

// A flow is shown as its file is written. While the file is broken it is what is in force,
// and that is said.
func TestAFlowIsShownAsItIsWritten(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	text := "# of the ward\nname: a   # two spaces\n" + copies
	site.Flow("a", text)
	site.Start()
	code, out := cli(t, site, "flow", "show", "a")
	if code != 0 || !strings.HasSuffix(out, "\n"+text) || strings.Contains(out, "broken") {
		t.Errorf("exit code %d, and the file's text is not at the end of\n%s", code, out)
	}
	site.Flow("a", "name: a\nmodles: []\n")
	testenv.Until(t, "the broken file to be noticed", func() (bool, string) {
		code, out = cli(t, site, "flow", "show", "a")
		return strings.Contains(out, "a.yaml is broken now"), out
	})
	if !strings.Contains(out, "a flow has no key modles") || !strings.HasSuffix(out, "\n"+text) {
		t.Errorf("of a broken file:\n%s", out)
	}
	if _, out = cli(t, site, "flow", "show", "a", "-to", "hcl"); !strings.Contains(out, `flow "a" {`) {
		t.Errorf("in the other language:\n%s", out)
	}
	if _, out = cli(t, site, "flow", "show", "a", "-json"); !strings.Contains(out, `"definition": {`) || !strings.Contains(out, `"stale": true`) {
		t.Errorf("as JSON:\n%s", out)
	}
}

// states are the agent's flows with their states, as the command line lists them.
func states(t *testing.T, site *testenv.Site) (states []string) {
	t.Helper()
	_, out := cli(t, site, "flow", "list", "-json")
	var flows []api.Flow
	if err := json.Unmarshal([]byte(out), &flows); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	for _, f := range flows {
		states = append(states, f.ID+" "+f.State)
	}
	return states
}

func scrape(t *testing.T, site *testenv.Site) string {
	t.Helper()
	response, err := http.Get(site.HTTP() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatal(response.Status, err)
	}
	return string(page)
}

// A run keeps the flow with which it began, and names it by its digest; a
// changed file is in force for the next arrivals. A broken one leaves the
// former version in force, and is shown by status, flow list and the metrics.
func TestReload(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(4))
	const held = "models:\n- {image: any, name: first, options: {hold: true}, output_mounts: {x: /x}}\n- {image: any, name: %s, input_mounts: {x: /x}}\n"
	text := func(second string) string { return "triggers: [{Modality: CT}]\n" + fmt.Sprintf(held, second) }
	site.Flow("f", text("former"))
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	begun := site.Run("f", "running", testenv.Running(1))

	site.Flow("f", text("latter"))
	testenv.Until(t, "the changed file to be in force", func() (bool, string) {
		f, err := site.Client().Flow(t.Context(), "f")
		return err == nil && slices.Equal(f.Models, []string{"first", "latter"}), fmt.Sprint(f.Models, err)
	})
	site.Flow("f", "models: [")
	site.Flow("new", "models: [")
	testenv.Until(t, "the broken file to be shown", func() (bool, string) {
		code, out := cli(t, site, "status")
		return code == 1 && strings.Contains(out, "f.yaml:1:") && strings.Contains(out, "new.yaml:1:"), out
	})
	code, out := cli(t, site, "flow", "list")
	if code != 0 || !strings.Contains(out, "live, file broken") || !strings.Contains(out, "broken") || !strings.Contains(out, "new.yaml:1:") {
		t.Errorf("flow list does not show the broken files:\n%s", out)
	}
	if page := scrape(t, site); !strings.Contains(page, "raddeploy_flow_file_errors 2\n") || !strings.Contains(page, `raddeploy_flows{state="broken"} 1`) {
		t.Errorf("the metrics do not tell of two broken files, one of which held a flow before:\n%s", page)
	}
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Arrival(2, run.ArrivalMatched)
	next := site.Run("f", "running", func(r api.Run) bool { return r.ID != begun.ID && testenv.Running(1)(r) })
	if next.Tasks[1].Name != "latter" || next.Digest == begun.Digest || next.Digest == "" {
		t.Errorf("the next run has task %s and digest %q, want latter and another digest than %q", next.Tasks[1].Name, next.Digest, begun.Digest)
	}
	for _, r := range []api.Run{begun, next} {
		if err := site.Backend().Release(sdk.AttemptID(r.Tasks[0].Attempts[0].ID)); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"former", "latter"} {
		testenv.Until(t, "the run with "+want, func() (bool, string) {
			for _, r := range site.Runs("f") {
				if r.Tasks[1].Name == want {
					return r.State == run.Done, testenv.Describe(r)
				}
			}
			return false, "not there"
		})
	}
}
