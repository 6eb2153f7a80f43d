package plugin_test

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	hclog "github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/plugin"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/fake"
)

// program is the fake's command, built once for all tests.
var program string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "raddeploy-plugin-test-")
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

// spec names the fake's program and a backend of its own.
func spec(t *testing.T) (plugin.Spec, fake.Backend) {
	backend := fake.Backend{Dir: t.TempDir()}
	return plugin.Spec{
		Name:     "fake",
		Instance: "local",
		Path:     program,
		Decode:   func(sdk.Schema) ([]byte, error) { return fmt.Appendf(nil, `{"dir": %q}`, backend.Dir), nil },
		Site:     sdk.Site{Name: "test"},
	}, backend
}

// run runs an executor until the test ends.
func run(t *testing.T, spec plugin.Spec) *plugin.Executor {
	t.Helper()
	e := plugin.New(spec, hclog.New(&hclog.LoggerOptions{Output: t.Output(), Level: hclog.Debug}))
	e.Hurry(time.Minute)
	start(t, e)
	return e
}

func start(t *testing.T, e *plugin.Executor) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

// ready runs an executor that works.
func ready(t *testing.T, spec plugin.Spec) *plugin.Executor {
	t.Helper()
	e := run(t, spec)
	if err := e.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	return e
}

// until waits for a condition that changes with the executor.
func until(t *testing.T, e *plugin.Executor, what string, condition func() bool) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		changed := e.Changed()
		if condition() {
			return
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("not within 20 s: %s; the executor says: %v", what, e.Err())
		}
	}
}

// signal sends a signal to a plugin that runs.
func signal(t *testing.T, pid int, signal syscall.Signal) {
	t.Helper()
	if pid <= 0 { // which would mean this process's own group
		t.Fatal("the plugin does not run")
	}
	if err := syscall.Kill(pid, signal); err != nil {
		t.Fatal(err)
	}
}
