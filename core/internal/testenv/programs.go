package testenv

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"
)

// Programs are the programs under test, built from this tree.
type Programs struct {
	Agent   string // raddeploy
	Plugins string // the folder with raddeploy-executor-NAME, the scripted fake among them
}

// Build builds the programs into a folder. It is called once for all tests of a
// package, from TestMain.
func Build(ctx context.Context, dir string) (Programs, error) {
	root, err := Root()
	if err != nil {
		return Programs{}, err
	}
	p := Programs{Agent: filepath.Join(dir, "raddeploy"), Plugins: filepath.Join(dir, "plugins")}
	var builds errgroup.Group
	build := func(output string, packages ...string) {
		builds.Go(func() error {
			args := append([]string{"build", "-ldflags", "-s -w", "-o", output}, packages...)
			command := exec.CommandContext(ctx, "go", args...)
			command.Dir = root
			command.Env = append(os.Environ(), "CGO_ENABLED=0")
			if output, err := command.CombinedOutput(); err != nil {
				return fmt.Errorf("build %v: %w: %s", packages, err, output)
			}
			return nil
		})
	}
	build(p.Agent, ".")
	build(p.Plugins+"/", "./plugins/docker/cmd/raddeploy-executor-docker", "./plugins/containerd/cmd/raddeploy-executor-containerd",
		"./plugins/slurm/cmd/raddeploy-executor-slurm", "./plugins/process/cmd/raddeploy-executor-process", "./sdk/fake/cmd/raddeploy-executor-fake")
	return p, builds.Wait()
}

// Root is the folder of this module, which the test's working directory lies in.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod above the working directory")
		}
	}
}

// Example reads a file of the module's examples folder.
func Example(t testing.TB, name string) string {
	t.Helper()
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "examples", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
