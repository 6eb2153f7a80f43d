package testenv

import (
	"context"
	"fmt"
	"os"
	"testing"
)

// Main builds the programs, runs a package's tests and returns their exit code:
// the whole of a TestMain.
func Main(m *testing.M, programs *Programs) int {
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
