package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/sdk/fake"
)

// plugins is a folder with the fake plugin.
func plugins(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if _, err := fake.Build(folder); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestPluginExitCodes(t *testing.T) {
	folder := plugins(t)
	program := filepath.Join(folder, "raddeploy-executor-fake")
	script := filepath.Join(t.TempDir(), "raddeploy-executor-odd")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho hello\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + freeAddress(t)
	empty := t.TempDir()
	for _, test := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"list of an agent that is not there", []string{"list", "-address", nobody}, exitUnreachable, "no agent answers"},
		{"list of a site that cannot be read", []string{"list", "-config", "/nowhere/site.hcl"}, exitUsage, "/nowhere/site.hcl"},
		{"list with an argument", []string{"list", "fake"}, exitUsage, "plugin inspect"},
		{"inspect nothing", []string{"inspect"}, exitUsage, "name of an installed plugin"},
		{"inspect a name", []string{"inspect", "-plugins", folder, "fake"}, exitOK, "raddeploy-executor-fake"},
		{"inspect a path", []string{"inspect", program}, exitOK, "SHA-256"},
		{"inspect what is not installed", []string{"inspect", "-plugins", empty, "fake"}, exitNotFound, `no plugin "fake" is installed`},
		{"inspect a path that is not there", []string{"inspect", "./nothing"}, exitNotFound, "nothing"},
		{"inspect a folder", []string{"inspect", folder}, exitNotFound, "build it first"},
		{"inspect a name that cannot be one", []string{"inspect", "Fake"}, exitNotFound, "give its path"},
		{"inspect what is no plugin", []string{"inspect", script}, exitNegative, "raddeploy-executor-odd"},
		{"inspect in two formats", []string{"inspect", "-json", "-markdown", program}, exitUsage, "not both"},
		{"init nothing", []string{"init"}, exitUsage, "takes the name"},
		{"init a name that cannot be one", []string{"init", "-dir", empty, "Slurm!"}, exitUsage, "a-z"},
		// the test itself is inside of one
		{"init of a development build outside of a checkout", []string{"init", "-dir", empty, "toy"}, exitOK, "is written"},
		{"init over a folder that is there", []string{"init", "-dir", empty, "toy"}, exitNegative, "is there already"},
		{"init with a checkout that is none", []string{"init", "-dir", empty, "-sdk", empty, "other"}, exitUsage, "is no checkout"},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, out, errs := call(t, append([]string{"plugin"}, test.args...)...)
			if code != test.code || !strings.Contains(out+errs, test.says) {
				t.Errorf("exit code %d, want %d with %q:\n%s%s", code, test.code, test.says, out, errs)
			}
		})
	}
}

func TestPluginInspect(t *testing.T) {
	program := filepath.Join(plugins(t), "raddeploy-executor-fake")
	_, text, _ := call(t, "plugin", "inspect", program)
	for _, want := range []string{"logs, prefetch, stats", "dir ", "required", "guarded", "one of invalid, unavailable, full, denied"} {
		if !strings.Contains(text, want) {
			t.Errorf("text has no %q:\n%s", want, text)
		}
	}
	_, page, _ := call(t, "plugin", "inspect", "-markdown", program)
	for _, want := range []string{"# The executor fake\n", "## config\n", "| `dir` | string | required |", "*Guarded.*", "| `files` | map of string |"} {
		if !strings.Contains(page, want) {
			t.Errorf("page has no %q:\n%s", want, page)
		}
	}
	_, data, _ := call(t, "plugin", "inspect", "-json", program)
	var shown struct {
		ID, State, SHA256 string
		Capabilities      []string
		Config, Options   []struct {
			Name, Type string
			Required   bool
			Element    *struct{ Type string }
		}
	}
	if err := json.Unmarshal([]byte(data), &shown); err != nil {
		t.Fatal(err)
	}
	if shown.ID != "fake" || shown.State != "installed" || len(shown.SHA256) != 64 || len(shown.Capabilities) != 4 {
		t.Errorf("JSON: %+v", shown)
	}
	if dir := shown.Config[0]; dir.Name != "dir" || dir.Type != "string" || !dir.Required {
		t.Errorf("first word of config: %+v", dir)
	}
	for _, word := range shown.Options {
		if word.Name == "stdout" && (word.Type != "list" || word.Element == nil || word.Element.Type != "string") {
			t.Errorf("stdout: %+v", word)
		}
	}
}

// listed is what -json prints.
type listed []struct {
	ID, State, Plugin, Version, Backend, Message string
	Capabilities                                 []string
	CPUs, Slots, GPUs                            int
	Devices                                      []struct{ UUID string }
}

func listOf(t *testing.T, args ...string) (all listed) {
	t.Helper()
	code, out, errs := call(t, append([]string{"plugin", "list", "-json"}, args...)...)
	if code != exitOK {
		t.Fatalf("exit code %d: %s%s", code, out, errs)
	}
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return all
}

const siteOfThree = `
name       = "test"
data_dir   = %q
plugin_dir = %q
dicom { listen = "127.0.0.1:0" }
http { listen = %q }
executor "fake" "one" {
  cpus = 3
  gpus = ["GPU-1"]
  config {
    dir   = %[4]q
    local = true
    slots = 7
    gpus  = ["GPU-1", "GPU-2"]
  }
}
executor "fake" "two" {
  config {
    dri = "x"
  }
}
executor "gone" {}
`

func TestPluginListOfASite(t *testing.T) {
	address := freeAddress(t)
	site := write(t, "site.hcl", fmt.Sprintf(siteOfThree, t.TempDir(), plugins(t), address, t.TempDir()))
	all := listOf(t, "-config", site)
	if len(all) != 3 {
		t.Fatalf("listed %+v", all)
	}
	one := all[0]
	if one.ID != "one" || one.Plugin != "fake" || one.State != "healthy" || one.Backend != "fake 1.0.0" || one.CPUs != 3 || one.Slots != 7 ||
		one.GPUs != 1 || len(one.Devices) != 2 || one.Devices[1].UUID != "GPU-2" || len(one.Capabilities) != 4 {
		t.Errorf("one: %+v", one)
	}
	if two := all[1]; two.State != "unhealthy" || !strings.Contains(two.Message, `site.hcl:19:`) || !strings.Contains(two.Message, `did you mean dir?`) {
		t.Errorf("two: %+v", two)
	}
	if gone := all[2]; gone.State != "unhealthy" || !strings.Contains(gone.Message, "is not there") {
		t.Errorf("gone: %+v", gone)
	}
	code, out, _ := call(t, "plugin", "list", "-config", site)
	if code != exitOK || !strings.Contains(out, "1 of 2") || !strings.Contains(out, "GPU of one: 1  GPU-2") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

func TestPluginListWithoutASite(t *testing.T) {
	t.Setenv("RADDEPLOY_ADDR", "")
	folder := t.TempDir()
	program := filepath.Join(plugins(t), "raddeploy-executor-fake")
	if err := os.Symlink(program, filepath.Join(folder, "raddeploy-executor-fake")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "raddeploy-executor-odd"), []byte("#!/bin/sh\nexit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	code, out, errs := call(t, "plugin", "list", "-plugins", folder)
	if code != exitOK || !strings.Contains(errs, folder) || !strings.Contains(out, "installed") || !strings.Contains(out, "broken") {
		t.Errorf("exit code %d:\n%s%s", code, out, errs)
	}
}

func TestPluginInit(t *testing.T) {
	checkout, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	code, out, errs := call(t, "plugin", "init", "-dir", dir, "-module", "example.com/me/toy", "-sdk", checkout, "toy")
	if code != exitOK || !strings.Contains(out, "go test -v ./...") || errs != "" {
		t.Fatalf("exit code %d:\n%s%s", code, out, errs)
	}
	text, err := os.ReadFile(filepath.Join(dir, "raddeploy-executor-toy", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"module example.com/me/toy\n", "replace " + sdkModule + " => " + checkout} {
		if !strings.Contains(string(text), want) {
			t.Errorf("go.mod has no %q:\n%s", want, text)
		}
	}
}

// A program of a release has its plugins built with that release, and does not
// look around for a checkout.
func TestPluginInitOfARelease(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs the go command")
	}
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOFLAGS", "-mod=mod")
	before := Version
	Version = "v0.3.0"
	t.Cleanup(func() { Version = before })
	dir := t.TempDir()
	code, out, errs := call(t, "plugin", "init", "-dir", dir, "toy")
	if code != exitOK || !strings.Contains(errs, "run `go mod tidy`") {
		t.Fatalf("exit code %d:\n%s%s", code, out, errs)
	}
	text, err := os.ReadFile(filepath.Join(dir, "raddeploy-executor-toy", "go.mod"))
	if err != nil || !strings.Contains(string(text), sdkModule+" v0.3.0\n") || strings.Contains(string(text), "replace") {
		t.Errorf("go.mod, %v:\n%s", err, text)
	}
}

func TestWhatIsARelease(t *testing.T) {
	for version, want := range map[string]bool{
		"v1.2.3": true, "v0.3.0-rc.1": true, "v1.0.0-beta2": true, "dev": false, "abc1234": false, "v1.2.3-5-gabc1234": false,
		"v1.2.3-dirty": false, "v1.2": false, runtime.Version(): false,
	} {
		if got := isRelease(version); got != want {
			t.Errorf("%s: %v, want %v", version, got, want)
		}
	}
}
