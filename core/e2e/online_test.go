package e2e_test

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
)

// A site is held against what is really there: its executor is asked about each
// model, a registry for the images, a destination for an echo.
func TestValidateOnline(t *testing.T) {
	t.Parallel()
	images := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		images.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	digest := push(t, host+"/model:1")
	archive := (&testenv.Archive{}).Listen(t)
	there, gone := archive.Destination(), fmt.Sprintf("{host: 127.0.0.1, port: %d, ae_title: GONE}", 1)

	here := host + "/here:1"
	settings := strings.NewReplacer("cpus", "allow = [\"devises\"]\n cpus", "config { ", fmt.Sprintf("config {\n images = [%q]\n ", here), "\" }", "\"\n}")
	site := programs.NewSite(t, settings.Replace(testenv.Fake(1)))
	validate := func(code int, says ...string) {
		t.Helper()
		command := exec.CommandContext(t.Context(), programs.Agent, "validate", "-online", filepath.Join(site.Dir, "config"))
		output, _ := command.CombinedOutput() // its exit code is looked at
		if got := command.ProcessState.ExitCode(); got != code {
			t.Errorf("exit code %d, want %d:\n%s", got, code, output)
		}
		for _, text := range says {
			if !strings.Contains(string(output), text) {
				t.Errorf("%q is not in\n%s", text, output)
			}
		}
	}
	flow := func(image, options, destination string) {
		site.Flow("f", fmt.Sprintf("models:\n- image: %s\n  options: {%s}\ndestinations:\n- %s\ntriggers: [{Modality: CT}]\n", image, options, destination))
	}
	flow(host+"/model:1", "", there)
	validate(0, "executor fake: fake 1.0.0", "image "+host+"/model:1: "+digest, "answers", "1 warning",
		`warning: executor fake: allow has "devises", which plugin fake does not guard: did you mean devices?`)
	flow(host+"/model:2", "", there)
	validate(0, "f.yaml:2:10: warning:", "not found in its registry, or a login is required")
	asked.Store(0)
	flow(host+"/model:2", "no_image: true", there)
	validate(0, "f.yaml:2:10: warning: executor fake: images are not used here", "2 warnings")
	if n := asked.Load(); n > 0 {
		t.Errorf("the registry was asked %d times for an image that no executor uses", n)
	}
	flow(here, "", there)
	validate(0, "image "+here+": executor fake has it", "1 warning")
	if n := asked.Load(); n > 0 {
		t.Errorf("the registry was asked %d times for an image that the executor has", n)
	}
	flow(host+"/model:1", "refuse: not today", there)
	validate(1, "f.yaml:3:", "executor fake: not today")
	flow(host+"/model:1", "", gone)
	validate(1, "f.yaml:5:", "destination GONE at 127.0.0.1:1", "connection refused")
}

// What can be known of a site without asking anybody is said with its place. No executor
// is configured, and no backend, registry or destination is asked.
func TestValidateOffline(t *testing.T) {
	t.Parallel()
	var contacts atomic.Int64
	asked := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	asked.Config.ConnState = func(net.Conn, http.ConnState) { contacts.Add(1) }
	t.Cleanup(asked.Close)
	host := strings.TrimPrefix(asked.URL, "http://")
	name, port, _ := strings.Cut(host, ":")
	const (
		box = "executor \"docker\" \"box\" {\n cpus = 1\n}\n"
		// it would say so if it were configured
		fake = "executor \"fake\" {\n cpus = 1\n config {\n dir = \"SITE/fake\"\n broken = \"configure\"\n %s\n }\n}\n"
	)
	plain := fmt.Sprintf(fake, "")
	for _, test := range []struct {
		name, settings, model string
		code                  int
		says                  []string
	}{
		{"nothing", plain + box, "options: {copy: true}, executor: fake", 0, []string{"files and flows are valid, 0 warnings"}},
		{"tasks on the host's network", "executor \"process\" \"here\" {\n cpus = 1\n}\n", "", 0, []string{
			"note: pages and API at 127.0.0.1:", `need a token or a login, since tasks of executor "here" can use the host's network`, "http { require_token = true }", "valid, 0 warnings"}},
		{"a plugin", "executor \"dokcer\" \"b\" {\n cpus = 1\n}\n", "", 1, []string{"2-own.hcl:1:1: error: ", "raddeploy-executor-dokcer", "did you mean docker?", `executor "dokcer" "b"`}},
		{"a setting", fmt.Sprintf(fake, "loca = true"), "", 1, []string{"2-own.hcl:6:9: error: ", "loca", "did you mean local?"}},
		{"a setting's type", fmt.Sprintf(fake, "poll = \"soon\""), "", 1, []string{"2-own.hcl:6:9: error: ", "soon"}},
		{"an option", plain, "options: {coppy: true}", 1, []string{"f.yaml:2:", "error: executor fake: ", "did you mean copy?"}},
		{"an option that one of two knows", plain + box, "options: {copy: true}", 0, []string{"warning: executor box: "}},
		{"GPUs", box, "gpu: 2", 1, []string{"f.yaml:2:", "no executor could run it: it wants 2 GPU"}},
		{"GPUs that a cluster may have", plain + box, "gpu: 2", 0, nil},
		{"GPUs without an executor block", "", "gpu: 1", 1, []string{"it wants 1 GPU"}},
		{"a static mount", plain, "static_mounts: {weights: /w}", 0, []string{"f.yaml:2:", `warning: static mount "weights": neither the folder `, "tasks fail until it is there"}},
		{"an image", plain, "name: No Image, image: 'No Image'", 1, []string{"is not a reference to an image"}},
		{"a destination", plain, "}]\ndestinations: [pcas]\nx-rest: [{", 1, []string{"f.yaml:3:16: error: ", "no destination pcas", "did you mean pacs?"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			site := programs.NewSite(t, test.settings, fmt.Sprintf("destination \"pacs\" {\n host = %q\n port = %s\n ae_title = \"PACS\"\n}", name, port))
			model := test.model
			if !strings.Contains(model, "image:") {
				model = "image: " + host + "/model:1, " + model
			}
			site.Flow("f", "triggers: [{Modality: CT}]\nmodels: [{"+model+"}]\n")
			command := exec.CommandContext(t.Context(), programs.Agent, "validate", filepath.Join(site.Dir, "config"))
			output, _ := command.CombinedOutput() // its exit code is looked at
			if got := command.ProcessState.ExitCode(); got != test.code {
				t.Errorf("exit code %d, want %d", got, test.code)
			}
			for _, text := range test.says {
				if !strings.Contains(string(output), text) {
					t.Errorf("%q is not said", text)
				}
			}
			if _, err := os.Stat(filepath.Join(site.Dir, "fake")); err == nil {
				t.Error("the backend was asked")
			}
			if t.Failed() {
				t.Logf("%s", output)
			}
		})
	}
	if n := contacts.Load(); n > 0 {
		t.Errorf("a registry or a destination was asked %d times", n)
	}
}

// The folder of statics is by default one of the working directory, which executors do
// not know. An image that only Docker has is no reason to warn.
func TestValidateOnlineOfDocker(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const local = "127.0.0.1:1/raddeploy/validate:1" // where no registry is
	model := "flow \"f\" {\n trigger { Modality = \"CT\" }\n model \"m\" {\n image = \"" + local + "\"\n }\n}"
	text := fmt.Sprintf("plugin_dir = %q\n%s\n%s\n", programs.Plugins, testenv.Docker(t, 1), model)
	if said, err := testenv.Command(t, "docker", "tag", testenv.Busybox, local); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	t.Cleanup(func() { testenv.CleanUp(t, "docker", "image", "rm", local) })
	if err := os.WriteFile(filepath.Join(dir, "site.hcl"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), programs.Agent, "validate", "-online", "site.hcl")
	command.Dir = dir
	output, err := command.CombinedOutput()
	for _, text := range []string{"executor docker: docker ", "image " + local + ": executor docker has it", "0 warnings"} {
		if err != nil || !strings.Contains(string(output), text) {
			t.Errorf("%v, %q is not in\n%s", err, text, output)
		}
	}
}

// push puts an image into a registry and returns its digest.
func push(t *testing.T, image string) string {
	t.Helper()
	reference, err := name.ParseReference(image)
	if err != nil {
		t.Fatal(err)
	}
	made, err := random.Image(64, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(reference, made); err != nil {
		t.Fatal(err)
	}
	digest, err := made.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}
