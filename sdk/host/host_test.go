package host_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/raddeploy/raddeploy/sdk/fake"
)

// program is the fake's command, built once for all tests.
var program string

func TestMain(m *testing.M) {
	if os.Getenv("HOST_TEST_ROLE") == "parent" {
		os.Exit(parent())
	}
	folder, err := os.MkdirTemp("", "raddeploy-host-test-")
	if err == nil {
		program, err = fake.Build(folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}
