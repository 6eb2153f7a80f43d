package e2e_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// heard is what a program has printed so far.
type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// begin starts a command of the program against a site's agent.
func begin(t *testing.T, site *testenv.Site, args ...string) (*exec.Cmd, *heard) {
	t.Helper()
	said := &heard{}
	command := exec.CommandContext(t.Context(), programs.Agent, append(args, "-address", site.Client().Address)...)
	command.Stdout, command.Stderr = said, said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	return command, said
}

// A run is followed while it goes on: a line for each change, its deliveries, and
// an exit code that says how it ended.
func TestARunIsFollowed(t *testing.T) {
	t.Parallel()
	archive := (&testenv.Archive{}).Listen(t)
	site := programs.NewSite(t, testenv.Fake(2))
	site.Flow("held", "triggers: [{CallingAET: SCANNER}]\nmodels: [{name: seg, image: any, options: {copy: true, hold: true}}]\ndestinations: ["+archive.Destination()+"]\n")
	site.Flow("bad", "triggers: [{CallingAET: SCANNER}]\nmodels: [{name: seg, image: any, options: {exit: 3}}]\n")
	site.Start()
	site.Send(testenv.Write(t, testenv.Series(2)...)...)
	bad := site.Ended("bad", run.Failed)
	held := site.Run("held", "running", testenv.Running(1))
	command, said := begin(t, site, "runs", "-f", string(held.ID))
	testenv.Until(t, "the command to tell of the task", func() (bool, string) {
		return strings.Contains(said.String(), "seg: running on fake"), said.String()
	})
	if err := site.Backend().Release(sdk.AttemptID(held.Tasks[0].Attempts[0].ID)); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("following a run that succeeds: %v", err)
	}
	for _, want := range []string{"seg: succeeded in ", "to ARCHIVE: sent, 2 of 2 objects", "done\n"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("%q is not in\n%s", want, said)
		}
	}
	if code, out := cli(t, site, "runs", string(bad.ID), "-f"); code != 1 || !strings.Contains(out, "the run failed") {
		t.Errorf("following a run that has failed: exit code %d, want 1:\n%s", code, out)
	}
	for _, step := range []struct {
		args []string
		code int
		says string
		not  string
	}{
		{[]string{"runs", "-state", "failed"}, 0, "bad", "held"},
		{[]string{"runs", "-state", "failed", "-state", "done"}, 0, "held", "nothing"},
		{[]string{"runs", "-flow", "held", "-since", "1h", "-n", "5"}, 0, "held", "bad"},
		{[]string{"runs", "-since", "2001-01-01"}, 0, "bad", "nothing"},
		{[]string{"runs", "-state", "fialed"}, 2, "did you mean failed?", "held"},
		{[]string{"runs", "-since", "soon"}, 2, "how long ago", "held"},
		{[]string{"runs", "-state", "failed", string(bad.ID)}, 2, "for the list of runs", "seg"},
		{[]string{"runs", "-f"}, 2, "-watch is for the list", "held"},
	} {
		if code, out := cli(t, site, step.args...); code != step.code || !strings.Contains(out, step.says) || strings.Contains(out, step.not) {
			t.Errorf("%v: exit code %d, want %d; %q is to be in it, and %q is not:\n%s", step.args, code, step.code, step.says, step.not, out)
		}
	}
}

// What several tasks print is told apart, and one that is asked for alone is as it
// was printed.
func TestLogsOfARunWithSeveralTasks(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(2))
	site.Flow("two", `
triggers: [{CallingAET: SCANNER}]
models:
- {name: seg, image: any, output_mounts: {mask: /output}, options: {copy: true, stdout: [loading, "ready"], stderr: [oops]}}
- {name: report, image: any, input_mounts: {mask: /input}, options: {copy: true, stdout: [writing]}}
`)
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	r := site.Ended("two", run.Done)
	for _, step := range []struct {
		args []string
		says []string
	}{
		{nil, []string{"seg    | loading\n", "seg    | ready\n", "seg    | oops\n", "report | writing\n"}},
		{[]string{"-task", "report"}, []string{"writing\n"}},
		{[]string{"-raw"}, []string{"loading\nready\n"}},
		{[]string{"-timestamps"}, []string{" seg    | loading\n", r.Created.Local().Format("2006-01-02T")}},
	} {
		code, out := cli(t, site, append([]string{"logs", string(r.ID)}, step.args...)...)
		for _, want := range step.says {
			if code != 0 || !strings.Contains(out, want) {
				t.Errorf("%v: exit code %d; %q is not in\n%s", step.args, code, want, out)
			}
		}
		if len(step.args) == 2 && out != "writing\n" {
			t.Errorf("one task alone is %q", out)
		}
	}
}

// The status says what an operator would ask next, and monitor shows it until it
// is interrupted.
func TestStatusAndMonitor(t *testing.T) {
	t.Parallel()
	dead := testenv.Destination(testenv.FreePort(t))
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("stuck", copiesTo(dead))
	site.Flow("second", copies)
	site.Flow("off", "name: off\nmode: off\n"+copies)
	site.Flow("warned", "triggers: [{Modalty: CT}]\nmodels: [{image: any}]\n")
	site.Start()
	if code, out := cli(t, site, "flow", "disable", "second"); code != 0 {
		t.Fatal(out)
	}
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Run("stuck", "sending", func(r api.Run) bool { return r.State == run.Sending && r.Deliveries[0].Tries > 0 })
	code, out := cli(t, site, "status")
	for _, want := range []string{"Flows stuck, warned", "Disabled second since 20", "Off off", "warned.yaml:1:13: warning: Modalty is no DICOM keyword", "ARCHIVE (127.0.0.1:", "connection refused"} {
		if code != 0 || !strings.Contains(spaced(out), want) {
			t.Errorf("exit code %d; %q is not in\n%s", code, want, out)
		}
	}
	command, said := begin(t, site, "monitor")
	testenv.Until(t, "monitor to show the run", func() (bool, string) {
		return strings.Contains(said.String(), "1 sending") && strings.Contains(said.String(), "connection refused"), said.String()
	})
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("monitor that is interrupted: %v\n%s", err, said)
	}
}

// A server that is not an agent is said to be none.
func TestAnotherServer(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"a page":    func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"not found": http.NotFound,
		"json":      func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) },
	} {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		output, err := exec.CommandContext(t.Context(), programs.Agent, "status", "-address", server.URL).CombinedOutput()
		exit, _ := err.(*exec.ExitError)
		if exit == nil || exit.ExitCode() != 3 || !strings.Contains(string(output), "the server there is not RadDeploy") {
			t.Errorf("%s: %v\n%s", name, err, output)
		}
	}
}
