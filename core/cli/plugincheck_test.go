package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// The fake runs no commands, so that it cannot end with the code of one: it
// stands for a plugin with a mistake.
func TestPluginCheck(t *testing.T) {
	program := filepath.Join(plugins(t), "raddeploy-executor-fake")
	asHCL := write(t, "config.hcl", fmt.Sprintf("dir = %q\n", t.TempDir()))
	asYAML := write(t, "config.yaml", fmt.Sprintf("dir: %q\n", t.TempDir()))
	asJSON := write(t, "config.json", fmt.Sprintf(`{"dir": %q}`, t.TempDir()))
	wrong := write(t, "wrong.yaml", "dir: /tmp\nslots: many\n")
	broken := write(t, "broken.hcl", "dir = \n")
	refused := write(t, "refused.hcl", "# a comment\ndir   = \"not/absolute\"\nslots = 2\n")
	for _, test := range []struct {
		name string
		args []string
		code int
		says []string
	}{
		{"what it keeps", []string{"-config", asHCL, "-run", "^describe/", program}, exitOK, []string{"passed: describe/is instant", "fake 1.0.0 keeps what was chosen", "0 failed"}},
		{"what it breaks", []string{"-config", asYAML, "-run", "^exit/code 7$", program}, exitNegative, []string{"the contract says: The Exit of", "what happened:", "where to read:",
			"fake 1.0.0 does not keep the contract: 0 passed, 1 failed", "failed: exit/code 7"}},
		{"what it is about", []string{"-config", asJSON, "-v", "-run", "^describe/is instant$", program}, exitOK, []string{"the contract says: ", "where to read: "}},
		{"an installed plugin", []string{"-plugins", filepath.Dir(program), "-config", asJSON, "-run", "^describe/is instant$", "fake"}, exitOK, []string{"1 passed"}},
		{"without the configuration that it needs", []string{program}, exitUsage, []string{`"dir" is missing`, "give it with -config FILE"}},
		{"a configuration that does not fit", []string{"-config", wrong, program}, exitUsage, []string{"wrong.yaml:2:8", "slots"}},
		{"a value that the plugin refuses", []string{"-config", refused, program}, exitUsage,
			[]string{"refused.hcl:2:", `dir   = "not/absolute"`, "must be an absolute path"}},
		{"an absent one that does not fit", []string{"-config", asJSON, "-absent", wrong, program}, exitUsage, []string{"wrong.yaml:2:8"}},
		{"a configuration that is no HCL", []string{"-config", broken, program}, exitUsage, []string{"broken.hcl:1:"}},
		{"a configuration that is not there", []string{"-config", "/nowhere/config.hcl", program}, exitUsage, []string{"/nowhere/config.hcl"}},
		{"no case", []string{"-config", asJSON, "-run", "^no such case$", program}, exitUsage, []string{"matches none"}},
		{"no pattern", []string{"-run", "(", program}, exitUsage, []string{"-run"}},
		{"no plugin", []string{"/bin/true"}, exitNegative, []string{"plugin /bin/true"}},
		{"no program", []string{"./nothing"}, exitUsage, []string{"nothing"}},
		{"no argument", nil, exitUsage, []string{"takes the path"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, out, errs := call(t, append([]string{"plugin", "check", "-patience", "20s"}, test.args...)...)
			for _, want := range test.says {
				if !strings.Contains(out+errs, want) {
					t.Errorf("says nothing of %q", want)
				}
			}
			if code != test.code || t.Failed() {
				t.Errorf("exit code %d, want %d:\n%s%s", code, test.code, out, errs)
			}
		})
	}

	code, out, _ := call(t, "plugin", "check", "-json", "-config", asJSON, "-run", "^describe/is instant$|^exit/code 7$", program)
	var results []struct {
		ID, State, Contract, Read string
		Findings                  []string
	}
	if err := json.Unmarshal([]byte(out), &results); err != nil {
		t.Fatal(err)
	}
	if code != exitNegative || len(results) != 2 || results[0].State != "passed" || results[1].ID != "exit/code 7" || results[1].State != "failed" ||
		len(results[1].Findings) == 0 || results[1].Contract == "" || results[1].Read == "" {
		t.Errorf("exit code %d, %+v", code, results)
	}
}

// breaking breaks a command off as soon as it writes a text.
type breaking struct {
	strings.Builder
	at   string
	stop func()
}

func (b *breaking) Write(p []byte) (int, error) {
	defer func() {
		if strings.Contains(b.String(), b.at) {
			b.stop()
		}
	}()
	return b.Builder.Write(p)
}

// A signal ends the context. What was not tried because of it says nothing
// about the plugin: here it would fail at the second case.
func TestPluginCheckIsInterrupted(t *testing.T) {
	program := filepath.Join(plugins(t), "raddeploy-executor-fake")
	config := write(t, "config.hcl", fmt.Sprintf("dir = %q\n", t.TempDir()))
	ctx, cancel := context.WithCancel(t.Context())
	shown := breaking{at: "passed: describe/is the same", stop: cancel}
	var complaints strings.Builder
	code := run(ctx, []string{"raddeploy", "plugin", "check", "-config", config, "-run", "^describe/is the same|^exit/code 7", "-parallel", "1", program}, &shown, &complaints)
	if code != exitNegative || complaints.String() != "raddeploy: interrupted\n" || strings.Contains(shown.String(), "failed") {
		t.Errorf("exit code %d:\n%s%s", code, shown.String(), complaints.String())
	}
}
