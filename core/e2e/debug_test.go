package e2e_test

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// planted is what an archive for a bug report must not tell.
var planted = append([]string{
	"Hunter2-planted", "ENV-planted", "9988776655", "1.2.276.0.99.7.31", "pacs.planted.example", "192.0.2.77", "anna@planted.example", "4711-planted",
	"raddeploy.planted.example", "comment-planted",
}, testenv.Secrets...)

// unpackedArchive are the files of an archive, by their names without its folder.
func unpackedArchive(t *testing.T, file string) map[string]string {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the archive's mode is %v", info.Mode())
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	plain, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for archive := tar.NewReader(plain); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		files[path.Base(header.Name)] = string(text)
		if ext := path.Ext(header.Name); ext == ".json" && !json.Valid(text) {
			t.Errorf("%s is not JSON", header.Name)
		}
	}
}

// An archive for a bug report has what it needs and nothing of patients, secrets and
// hosts, whether the agent answers or not; and only an administrator gets it.
func TestOperatorDebug(t *testing.T) {
	t.Parallel()
	settings := testenv.Fake(1) + `
		http { require_token = true }
		destination "pacs" {
			host     = "pacs.planted.example" # comment-planted
			port     = 1
			ae_title = "PACS"
		}
		destination "second" {
			host     = "192.0.2.77"
			port     = 1
			ae_title = "SECOND"
		}
	`
	site := programs.NewSite(t, settings)
	site.Flow("secret", `
# comment-planted
name: secret
owner: anna@planted.example
triggers: [{PatientID: "QX", StudyInstanceUID: "^1.2.276.0.99.7.31"}]
models:
- image: any
  environment: {API: ENV-planted}
  config: {password: Hunter2-planted, url: "https://raddeploy.planted.example/x"}
  options: {copy: true}
destinations: [second]
`)
	site.Flow("never", "triggers: [{AccessionNumber: \"9988776655\", PatientName: \"4711-planted\"}]\nmodels: [{image: any}]\n")
	site.Flow("broken", "name: 4711-planted\nmodles: Hunter2-planted\n")
	site.StartProgram()
	viewer, err := site.Client().CreateToken(t.Context(), api.TokenOrder{Role: run.Operator, Name: "op"})
	if err != nil {
		t.Fatal(err)
	}
	site.Send(testenv.Write(t, testenv.Object{Study: dcm.UID("1.2.276.0.99.7.31.5")})...)
	site.Run("secret", "tried", func(r api.Run) bool { return len(r.Deliveries) > 0 && r.Deliveries[0].Tries > 0 })

	dir := t.TempDir()
	debug := func(name string, args ...string) (said string, files map[string]string) {
		t.Helper()
		file := filepath.Join(dir, name)
		command := exec.CommandContext(t.Context(), programs.Agent, append([]string{"operator", "debug", "-out", file, "-config", filepath.Join(site.Dir, "config")}, args...)...)
		output, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, output)
		}
		files = unpackedArchive(t, file)
		for name, text := range files {
			for _, word := range append(planted, viewer.Secret) {
				if strings.Contains(text, word) {
					t.Errorf("%s tells %q:\n%s", name, word, text)
				}
			}
		}
		return string(output), files
	}
	has := func(files map[string]string, want map[string][]string) {
		t.Helper()
		for name, words := range want {
			for _, word := range words {
				if !strings.Contains(files[name], word) {
					t.Errorf("%q is not in %s:\n%.2000s", word, name, files[name])
				}
			}
		}
	}
	address := site.Client().Address
	said, files := debug("up.tar.gz", "-address", address)
	if strings.Contains(said, "not in it") {
		t.Errorf("of an agent that answers something is missing:\n%s", said)
	}
	always := map[string][]string{
		"README.txt":    {"Taken out"},
		"version.json":  {`"raddeploy"`, `"kernel"`},
		"site.json":     {`"ae_title": "PACS"`, `"host": "host-`, `"reserve": "1MiB"`},
		"flows.json":    {`"secret"`, "a flow has no key modles", `"password": "(secret)"`, `"API": "(secret)"`},
		"log.txt":       {"agent is ready"},
		"database.json": {"CREATE TABLE", `"run": 1`, `"faults": []`},
		"disk.json":     {`"free_bytes"`, `"state.db"`},
	}
	has(files, always)
	has(files, map[string][]string{
		"status.json": {`"version"`}, "health.json": {`"healthy"`}, "executors.json": {`"fake"`}, "metrics.txt": {"raddeploy_objects_received_total"},
		"goroutines.txt": {"goroutine profile: total"},
	})
	if code, out := cli(t, site, "operator", "debug", "-out", filepath.Join(dir, "up.tar.gz")); code != 2 || !strings.Contains(out, "is there already") {
		t.Errorf("over a file that is there: exit code %d, %s", code, out)
	}

	// An operator's token is not enough for what only an administrator may see.
	command := exec.CommandContext(t.Context(), programs.Agent, "operator", "debug", "-out", filepath.Join(dir, "operator.tar.gz"), "-address", site.HTTP())
	command.Env = append(os.Environ(), "RADDEPLOY_TOKEN="+viewer.Secret)
	if output, err := command.CombinedOutput(); err != nil || !strings.Contains(string(output), "not in it: log.txt, goroutines.txt, database.json: ") {
		t.Errorf("by an operator: %v: %s", err, output)
	}

	site.Stop()
	site.Settings(settings, `log { file = "SITE/agent.log" }`)
	if err := os.WriteFile(filepath.Join(site.Dir, "agent.log"), []byte("agent is ready\nPatientName="+testenv.PatientName+" from 192.0.2.77\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	said, files = debug("down.tar.gz", "-address", address)
	if !strings.Contains(said, "not in it: status.json, health.json, executors.json, metrics.txt, goroutines.txt: no agent answers") {
		t.Errorf("of an agent that is down:\n%s", said)
	}
	has(files, always)
	if !strings.Contains(files["README.txt"], "Not in it: status.json") {
		t.Errorf("the archive does not say what is missing:\n%s", files["README.txt"])
	}
}
