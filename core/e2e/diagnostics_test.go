package e2e_test

import (
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// What an executor complains about is told with its place in the site's file
// and the line itself: words that its schema does not have, values that it
// cannot have, and what only the plugin knows to be wrong. The agent runs all
// the same, and tries again.
func TestComplaintsAboutASite(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ config, line, place, want string }{
		"an unknown word": {"dir = \"SITE/fake\"\n slot = 2", "slot = 2", "4:9", `unknown word "slot"`},
		"a wrong type":    {"dir = \"SITE/fake\"\n slots = \"two\"", `slots = "two"`, "4:10", `"slots" must be a whole number`},
		"a missing word":  {"slots = 2", "config {", "2:9", `"dir" is missing`},
		"what the plugin refuses": {"slots = 2\n dir = \"here\"", `dir = "here"`, "4:8",
			`"dir" must be an absolute path`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := programs.NewSite(t, fmt.Sprintf("executor \"fake\" {\n config {\n %s\n }\n}", test.config))
			file := filepath.Join(site.Dir, "config", "2-own.hcl")
			said := starts(t, filepath.Join(site.Dir, "config"), test.want)
			for _, want := range []string{file + ":" + test.place + ": error: ", "|  " + strings.ReplaceAll(test.line, "SITE", site.Dir)} {
				if !strings.Contains(said, want) {
					t.Errorf("the agent does not say %q:\n%s", want, said)
				}
			}
		})
	}
}

// starts starts an agent that logs as text, and returns what it says until it
// has told that an executor is away because of something.
func starts(t *testing.T, config, because string) string {
	t.Helper()
	command := exec.Command(programs.Agent, "agent", "-config", config)
	command.Env = append(command.Environ(), "RADDEPLOY_LOG_FORMAT=text")
	said := &text{}
	command.Stdout, command.Stderr = said, said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	}()
	testenv.Until(t, "an executor to be away", func() (bool, string) {
		_, away, ok := strings.Cut(said.String(), "executor is away")
		return ok && strings.Contains(away, because) && strings.Contains(away, "= "), said.String()
	})
	return said.String()
}

// text is what a program prints.
type text struct {
	mu sync.Mutex
	b  strings.Builder
}

var _ io.Writer = (*text)(nil)

func (t *text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

func (t *text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}

// What an executor refuses when a task comes to it is told with the place in
// the flow's file: in the task's reason, and with the line in the log, once.
func TestComplaintsAboutAFlow(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ model, place, line, want string }{
		"an unknown option": {"image: any\n    options:\n      hodl: true", "5:13", "hodl: true", `options.hodl: unknown word "hodl": did you mean hold?`},
		"a wrong type":      {"image: any\n    options: {hold: maybe}", "4:21", "options: {hold: maybe}", `options.hold: "hold" must be true or false`},
		"what the plugin refuses": {"image: any\n    options:\n      refuse: not today", "5:15", "refuse: not today",
			"refused by executor fake: "},
		"an option that the site does not allow": {"docker_kwargs: {image: any}\n    options:\n      devices: all", "5:16", "devices: all",
			`"devices" is not allowed on executor "fake" at this site`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := programs.NewSite(t, testenv.Fake(1))
			site.Flow("wrong", "triggers: [{Modality: CT}]\nmodels:\n  - "+test.model+"\n")
			site.Start()
			site.Send(testenv.Write(t, testenv.Object{})...)
			r := site.Ended("wrong", run.Failed)
			place := filepath.Join(site.Dir, "flows", "wrong.yaml") + ":" + test.place + ": "
			if !strings.Contains(r.Reason, place) || !strings.Contains(r.Reason, test.want) {
				t.Errorf("the reason %q does not say %q and %q", r.Reason, place, test.want)
			}
			site.Logs("task did not succeed", test.line)
			site.Logs("run failed", "")
			if told := site.Told(test.want); len(told) != 1 {
				t.Errorf("%q is logged %d times, want once:\n%s", test.want, len(told), strings.Join(told, ""))
			}
		})
	}
}
