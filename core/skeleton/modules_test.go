package skeleton_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// notForConsumers are the modules of engines and languages that somebody who
// writes a plugin has no use for.
var notForConsumers = regexp.MustCompile(`docker|containerd|moby|opencontainers|hashicorp/hcl|zclconf|sqlite|suyashkumar`)

// TestAConsumerOfTheSDKGetsNoEngine fetches what a new plugin and its
// conformance test need, as on a machine that has nothing yet, and looks at
// what came. The source is this machine's own cache, which holds every module
// of RadDeploy.
func TestAConsumerOfTheSDKGetsNoEngine(t *testing.T) {
	t.Parallel()
	folder := write(t)
	// go.sum has checksums of go.mod files of engines, and must: RadDeploy's
	// go.mod names them, and commands that look at the whole graph, such as `go
	// doc`, read them. To build and test a plugin none of them is read, as is
	// held below, and what has no checksum of its contents cannot be built in.
	for name, allowed := range map[string]string{"go.mod": "", "go.sum": "/go.mod h1:"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if notForConsumers.MatchString(line) && (allowed == "" || !strings.Contains(line, allowed)) {
				t.Errorf("%s names %s", name, line)
			}
		}
	}

	source := filepath.Join(strings.TrimSpace(run(t, folder, "env", "GOMODCACHE")), "cache", "download")
	cache := t.TempDir()
	fresh := []string{
		"GOMODCACHE=" + cache, "GOPROXY=file://" + source, "GOFLAGS=-modcacherw -mod=readonly", "GONOSUMDB=*", "GOTOOLCHAIN=local",
	}
	var used []string // by packages
	for path := range strings.Lines(runWith(t, folder, fresh, "list", "-deps", "-test", "-f", "{{with .Module}}{{.Path}}{{end}}", "./...")) {
		if path = strings.TrimSpace(path); path != "" && !slices.Contains(used, path) {
			used = append(used, path)
		}
	}
	var needed []string // by its go.mod
	var module struct{ Require []struct{ Path string } }
	if err := json.Unmarshal([]byte(runWith(t, folder, fresh, "mod", "edit", "-json")), &module); err != nil {
		t.Fatal(err)
	}
	for _, required := range module.Require {
		needed = append(needed, required.Path)
	}
	var read []string    // only its go.mod
	var fetched []string // in full, and not only to read their go.mod
	downloads := filepath.Join(cache, "cache", "download")
	err := filepath.WalkDir(downloads, func(path string, _ fs.DirEntry, err error) error {
		if module, _, found := strings.Cut(strings.TrimPrefix(path, downloads+"/"), "/@v/"); found && filepath.Ext(path) == ".zip" {
			fetched = append(fetched, module)
		} else if found && filepath.Ext(path) == ".mod" {
			read = append(read, module)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(fetched) < 5 {
		t.Fatalf("only %q were fetched: this proves nothing", fetched)
	}
	for _, path := range read {
		if notForConsumers.MatchString(path) {
			t.Errorf("to build a plugin and its test, the go.mod of %s is read", path)
		}
	}
	for _, path := range slices.Concat(used, fetched) {
		if notForConsumers.MatchString(path) {
			t.Errorf("a plugin brings the module %s", path)
		}
		if path != "example.com/me/toy" && !slices.Contains(needed, path) {
			t.Errorf("a plugin brings the module %s, which its go.mod does not name", path)
		}
	}
	t.Logf("%d modules are fetched: %s", len(fetched), strings.Join(fetched, " "))
}
