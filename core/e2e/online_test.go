package e2e_test

import (
	"fmt"
	"io"
	"log"
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

	site := programs.NewSite(t, strings.Replace(testenv.Fake(1), "cpus", "allow = [\"devises\"]\n cpus", 1))
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
	flow(host+"/model:1", "refuse: not today", there)
	validate(1, "f.yaml:3:", "executor fake: not today")
	flow(host+"/model:1", "", gone)
	validate(1, "f.yaml:5:", "destination GONE at 127.0.0.1:1", "connection refused")
}

// The folder of statics is by default one of the working directory, which executors do
// not know.
func TestValidateOnlineOfDocker(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := fmt.Sprintf("plugin_dir = %q\n%s\n", programs.Plugins, testenv.Docker(t, 1))
	if err := os.WriteFile(filepath.Join(dir, "site.hcl"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), programs.Agent, "validate", "-online", "site.hcl")
	command.Dir = dir
	if output, err := command.CombinedOutput(); err != nil || !strings.Contains(string(output), "executor docker: docker ") {
		t.Errorf("%v:\n%s", err, output)
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
