package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/sdk"
)

// makes is a flow whose model wants GPUs and writes a file at once. No registry
// has its image, and none is needed.
func makes(gpus string) string {
	return "triggers: [{Modality: CT}]\nmodels:\n- image: 127.0.0.1:1/any\n  gpu: " + gpus + "\n  output_mounts: {dst: /output}\n  options: {files: {dst/x: made}}\n"
}

// `flow run` gives a task to a cluster that assigns GPUs, also if that answers
// late, and says that it waits for it.
func TestFlowRunOnACluster(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]bool{"answers at once": false, "answers late": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := programs.NewSite(t, clusterOf(4, ""))
			site.Flow("f", makes("4"))
			resume := func() {}
			if late {
				resume = silence(t, backendOf(site, "cluster"))
			}
			code, said := flowRun(t, site, func(said func() string) {
				if late {
					testenv.Until(t, "flow run to say what it waits for", func() (bool, string) {
						return strings.Contains(said(), silent), said()
					})
				}
				resume()
			})
			if text, err := os.ReadFile(filepath.Join(site.Dir, "results", "dst", "x")); code != 0 || err != nil || string(text) != "made" {
				t.Errorf("exit code %d, %q, %v:\n%s", code, text, err, said)
			}
		})
	}
}

// `flow run` ends at once where the cluster has too few GPUs, and says so.
func TestFlowRunThatNoExecutorFits(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, clusterOf(4, ""))
	site.Flow("f", makes("5"))
	if code, said := flowRun(t, site, func(func() string) {}); code != 1 || !strings.Contains(said, "it wants 5 GPU") {
		t.Errorf("exit code %d:\n%s", code, said)
	}
}

// flowRun runs the flow f of a site without its agent, and meanwhile something
// that sees what it has said. It returns the exit code and all that was said.
func flowRun(t *testing.T, site *testenv.Site, meanwhile func(said func() string)) (code int, all string) {
	t.Helper()
	path := filepath.Join(site.Dir, "said")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	said := func() string {
		text, _ := os.ReadFile(path)
		return string(text)
	}
	objects := filepath.Dir(testenv.Write(t, testenv.Object{})[0])
	command := exec.CommandContext(t.Context(), programs.Agent, "flow", "run", "-config", filepath.Join(site.Dir, "config"),
		"-on", objects, "-out", filepath.Join(site.Dir, "results"), filepath.Join(site.Dir, "flows", "f.yaml"))
	command.Stdout, command.Stderr = file, file
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = command.Wait() // its exit code is looked at
	}()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-ended
	})
	meanwhile(said)
	<-ended
	return command.ProcessState.ExitCode(), said()
}

// `validate -online` and `flow test` agree about a flow that wants GPUs of a
// cluster. What only asking can find out, `flow test` does not know.
func TestCommandsAgreeAboutACluster(t *testing.T) {
	t.Parallel()
	objects := filepath.Dir(testenv.Write(t, testenv.Object{})[0])
	for name, test := range map[string]struct {
		flow            string
		online, offline int
		says            string // by validate -online
	}{
		"as many as it has":           {makes("4"), 0, 0, "executor cluster: fake"},
		"pinned to it":                {strings.Replace(makes("1"), "gpu:", "executor: cluster\n  gpu:", 1), 0, 0, "executor cluster: fake"},
		"more than it has":            {makes("5"), 1, 0, "f.yaml:3:"},
		"pinned to a host with fewer": {strings.Replace(makes("2"), "gpu:", "executor: host\n  gpu:", 1), 1, 1, "f.yaml:3:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := programs.NewSite(t, fakeOn("host", `["0"]`, gpu0), clusterOf(4, ""))
			site.Flow("f", test.flow)
			config := filepath.Join(site.Dir, "config")
			said := exits(t, test.online, "validate", "-online", config)
			if !strings.Contains(said, test.says) {
				t.Errorf("validate -online does not say %q:\n%s", test.says, said)
			}
			exits(t, test.offline, "flow", "test", "-config", config, "-on", objects)
		})
	}
}

// A cluster that does not answer is complained about by itself. No flow is
// called wrong because of it.
func TestValidateOnlineWhileAClusterIsAway(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, fakeOn("host", "[]"), clusterOf(4, ""))
	site.Flow("f", makes("4"))
	site.Flow("pinned", strings.Replace(makes("1"), "gpu:", "executor: cluster\n  gpu:", 1))
	setHealth(t, backendOf(site, "cluster"), sdk.Unhealthy, "no answer from its controller")
	said := exits(t, 1, "validate", "-online", filepath.Join(site.Dir, "config"))
	if !strings.Contains(said, "no answer from its controller") || strings.Contains(said, "yaml:3:3: error") {
		t.Errorf("it says:\n%s", said)
	}
}

// exits runs the program and checks its exit code. It returns what it printed.
func exits(t *testing.T, want int, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), programs.Agent, args...)
	output, _ := command.CombinedOutput() // its exit code is looked at
	if code := command.ProcessState.ExitCode(); code != want {
		t.Errorf("%s: exit code %d, want %d:\n%s", args[0], code, want, output)
	}
	return string(output)
}
