package testenv

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/raddeploy/raddeploy/core/picture"
)

// Main builds the programs, runs a package's tests and returns their exit code:
// the whole of a TestMain.
func Main(m *testing.M, programs *Programs) int {
	if len(os.Args) > 1 && os.Args[1] == picture.ChildCommand { // an agent in the test's process has pictures drawn by this program
		return picture.Child(os.Args[2:])
	}
	dir, err := os.MkdirTemp("", "raddeploy-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if *programs, err = Build(context.Background(), dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}
