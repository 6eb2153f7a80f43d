package testenv

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"
)

// patience is how long anything may take that a test waits for.
const patience = 90 * time.Second

// Missing skips a test for want of a service, unless continuous integration
// says that everything must be there.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// Tool returns the path of a program of this machine. Without it the test is
// skipped, or fails under CI.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, name+" is not installed: run make services")
	}
	return path
}

// Command runs a program to its end and returns what it printed.
func Command(t testing.TB, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	output, err := exec.CommandContext(ctx, Tool(t, name), args...).CombinedOutput()
	return string(output), err
}

// Until waits until done says that something is so, looking again and again.
// After its patience the test fails with what done says is instead.
func Until(t testing.TB, what string, done func() (ok bool, instead string)) {
	t.Helper()
	Within(t, patience, what, done)
}

// Within is Until with a patience of its own, for what has a lot to do.
func Within(t testing.TB, patience time.Duration, what string, done func() (ok bool, instead string)) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		ok, instead := done()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for %s, and it is: %s", patience, what, instead)
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatalf("the test ended while it waited for %s", what)
		}
	}
}

// CleanUp runs a program after a test, when the test's own context has ended.
func CleanUp(t testing.TB, name string, args ...string) {
	t.Helper()
	if output, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Errorf("clean up: %s %v: %v: %s", name, args, err, output)
	}
}
