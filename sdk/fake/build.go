package fake

import (
	"fmt"
	"os/exec"
	"path/filepath"
)

// Build compiles the fake's command into a folder and returns the program's
// path. It needs the go command and a working directory inside a module that
// knows this package, as tests have.
func Build(folder string) (string, error) {
	program := filepath.Join(folder, "raddeploy-executor-fake")
	command := exec.Command("go", "build", "-o", program, "github.com/raddeploy/raddeploy/sdk/fake/cmd/raddeploy-executor-fake")
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the fake: %w: %s", err, output)
	}
	return program, nil
}
