package cli

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The fake runs no commands, so that it cannot end with the code of one: it
// stands for a plugin with a mistake.
func TestPluginCheck(t *testing.T) {
	program := filepath.Join(plugins(t), "raddeploy-executor-fake")
	asHCL := write(t, "config.hcl", fmt.Sprintf("dir = %q\n", t.TempDir()))
	asYAML := write(t, "config.yaml", fmt.Sprintf("dir: %q\n", t.TempDir()))
	asJSON := write(t, "config.json", fmt.Sprintf(`{"dir": %q}`, t.TempDir()))
	away := write(t, "away.hcl", fmt.Sprintf("dir = %q\nabsent = true\n", t.TempDir()))
	wrong := write(t, "wrong.yaml", "dir: /tmp\nslots: many\n")
	broken := write(t, "broken.hcl", "dir = \n")
	refused := write(t, "refused.hcl", "# a comment\ndir   = \"not/absolute\"\nslots = 2\n")
	for _, test := range []struct {
		name string
		args []string
		code int
		says []string
	}{
		{"what it keeps", []string{"-config", asHCL, "-run", "^describe/", program}, exitOK, []string{"passed: describe/is instant", "fake 1.0.0 keeps what was chosen of the", "required: 5 passed, 0 failed", "optional: 0 passed"}},
		{"what it breaks", []string{"-config", asYAML, "-run", "^exit/code 7$", program}, exitNegative, []string{"the contract says: The Exit of", "what happened:", "where to read:",
			"fake 1.0.0 does not keep the contract, in", "required: 0 passed, 1 failed", "failed: exit/code 7 (required)"}},
		{"what it is about", []string{"-config", asJSON, "-v", "-run", "^describe/is instant$", program}, exitOK, []string{"the contract says: ", "where to read: "}},
		{"an installed plugin", []string{"-plugins", filepath.Dir(program), "-config", asJSON, "-run", "^describe/is instant$", "fake"}, exitOK, []string{"1 passed"}},
		{"what is optional and broken", []string{"-config", asYAML, "-run", "^describe/is instant$|^logs/any bytes$", program}, exitNegative,
			[]string{"fake 1.0.0 keeps what is required, and not what it offers besides", "required: 1 passed, 0 failed", "optional: 0 passed, 1 failed", "failed: logs/any bytes (optional)"}},
		{"what is required and not asked", []string{"-config", asYAML, "-run", "^describe/is instant$|^config/is taken without a backend$", program}, exitOK,
			[]string{"not asked, though required: config/is taken without a backend"}},
		{"how far it is", []string{"-config", asYAML, "-run", "^describe/is (instant|the same)", program}, exitOK, []string{"[1/2, about ", "[2/2] passed: "}},
		{"a backend that is away", []string{"-config", away, "-run", "^describe/is|^exit/code 0$|^config/unknown words", "-patience", "1s", program}, exitNegative,
			[]string{"passed: describe/is instant", "passed: config/unknown words", "not asked: exit/code 0", "there is no backend that works",
				"fake 1.0.0 was asked only what needs no backend", "undetected"}},
		{"the list of cases", []string{"-list", "-run", "^describe/is instant$|^prefetch/an image$"}, exitOK, []string{"required  describe/is instant\noptional  prefetch/an image\n"}},
		{"the list with what they are about", []string{"-list", "-v", "-run", "^describe/is instant$"}, exitOK, []string{"the contract says: ", "where to read: "}},
		{"the list of a plugin", []string{"-list", program}, exitUsage, []string{"the same for all"}},
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

// What continuous integration reads has every case, failed and skipped ones as
// such, and a backend that is away as an error.
func TestPluginCheckWritesJUnit(t *testing.T) {
	program := filepath.Join(plugins(t), "raddeploy-executor-fake")
	config := write(t, "config.hcl", fmt.Sprintf("dir = %q\n", t.TempDir()))
	away := write(t, "away.hcl", fmt.Sprintf("dir = %q\nabsent = true\n", t.TempDir()))
	const cases = "^describe/is instant$|^exit/code 7$|^config/is taken without a backend$"
	for _, test := range []struct {
		config                           string
		tests, failures, errors, skipped int
	}{{config, 3, 1, 0, 1}, {away, 4, 0, 1, 2}} {
		file := filepath.Join(t.TempDir(), "results.xml")
		code, out, errs := call(t, "plugin", "check", "-config", test.config, "-patience", "1s", "-junit", file, "-run", cases, program)
		text, err := os.ReadFile(file)
		if err != nil || code != exitNegative {
			t.Fatalf("exit code %d, %v:\n%s%s", code, err, out, errs)
		}
		var suite struct {
			Name     string `xml:"name,attr"`
			Tests    int    `xml:"tests,attr"`
			Failures int    `xml:"failures,attr"`
			Errors   int    `xml:"errors,attr"`
			Skipped  int    `xml:"skipped,attr"`
			Cases    []struct {
				Group   string `xml:"classname,attr"`
				Name    string `xml:"name,attr"`
				Failure *struct {
					Message string `xml:"message,attr"`
				} `xml:"failure"`
			} `xml:"testcase"`
		}
		if err := xml.Unmarshal(text, &suite); err != nil {
			t.Fatalf("%v:\n%s", err, text)
		}
		if suite.Name != "fake 1.0.0" || suite.Tests != test.tests || suite.Failures != test.failures || suite.Errors != test.errors || suite.Skipped != test.skipped ||
			len(suite.Cases) != test.tests || suite.Cases[0].Group != "describe" || suite.Cases[0].Name != "describe/is instant" {
			t.Errorf("%s", text)
		}
		for _, one := range suite.Cases {
			if one.Failure != nil && (one.Name != "exit/code 7" || one.Failure.Message == "") {
				t.Errorf("%+v", one)
			}
		}
	}
	nowhere := filepath.Join(t.TempDir(), "nowhere", "results.xml")
	if code, _, errs := call(t, "plugin", "check", "-config", config, "-junit", nowhere, "-run", "^describe/is instant$", program); code != exitNegative || !strings.Contains(errs, nowhere) {
		t.Errorf("a file that cannot be written: exit code %d, %s", code, errs)
	}
}

func TestCountdown(t *testing.T) {
	for _, test := range []struct {
		done, all int
		took      time.Duration
		want      string
	}{
		{1, 96, time.Second, " 1/96"}, // too early to tell
		{24, 96, time.Minute, "24/96, about 3m0s left"},
		{95, 96, time.Minute, "95/96, about 1s left"},
		{96, 96, time.Minute, "96/96"},
		{1, 1, time.Minute, "1/1"},
	} {
		if got := countdown(test.done, test.all, test.took); got != test.want {
			t.Errorf("%d of %d in %v: %q, want %q", test.done, test.all, test.took, got, test.want)
		}
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
