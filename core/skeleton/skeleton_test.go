package skeleton_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/raddeploy/raddeploy/core/skeleton"
	"github.com/raddeploy/raddeploy/sdk/conformance"
	"github.com/raddeploy/raddeploy/sdk/conformance/breakout"
)

// checkout is this repository, which new plugins are built against here.
const checkout = "../.."

// envProgram names a plugin's program that this test's program is to check
// instead of running tests.
const envProgram = "SKELETON_TEST_CHECK"

func TestMain(m *testing.M) {
	if program := os.Getenv(envProgram); program != "" {
		os.Exit(check(program))
	}
	os.Exit(m.Run())
}

// write writes a new plugin against this checkout.
func write(t *testing.T) string {
	t.Helper()
	sdk, err := filepath.Abs(checkout)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	folder, err := skeleton.Plugin{Name: "toy", Module: "example.com/me/toy", Version: "v0.0.0", SDK: sdk}.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// run runs the go command in a folder and returns what it writes to its
// standard output.
func run(t *testing.T, folder string, args ...string) string {
	t.Helper()
	return runWith(t, folder, nil, args...)
}

// offline are variables with which the go command fetches nothing and changes no go.mod. Flags
// of this run stay, so that it finds what has been compiled with them.
func offline() []string { return append(readonly(), "GOPROXY=off") }

func readonly() []string { return []string{"GOFLAGS=" + os.Getenv("GOFLAGS") + " -mod=readonly"} }

// runWith is run with further variables, each NAME=VALUE.
func runWith(t *testing.T, folder string, variables []string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = folder
	command.Env = append(os.Environ(), variables...)
	var complaints bytes.Buffer
	command.Stderr = &complaints
	output, err := command.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s%s", strings.Join(args, " "), err, output, &complaints)
	}
	return string(output)
}

func TestWrite(t *testing.T) {
	folder := write(t)
	for _, name := range []string{"main.go", ".gitignore", "flows/hello.yaml", "backend.sh", "go.sum", "README.md"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil || bytes.Contains(text, []byte("{{")) {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
	_, err := skeleton.Plugin{Name: "toy", Module: "toy", Version: "v0.0.0"}.Write(filepath.Dir(folder))
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("written over a folder that is there: %v", err)
	}
	for _, name := range []string{"", "Toy", "9toy", "a/b", "a b", strings.Repeat("a", 33)} {
		if _, err := (skeleton.Plugin{Name: name, Module: "toy", Version: "v0.0.0"}).Write(t.TempDir()); err == nil {
			t.Errorf("%q is taken for a name", name)
		}
	}
}

// TestReadmeNamesCases holds that every group of cases that the README names
// has cases.
func TestReadmeNamesCases(t *testing.T) { readmeNamesCases(t, write(t), 8) }

// readmeNamesCases holds that a plugin's README names at least so many groups of
// cases, and none that is not there.
func readmeNamesCases(t *testing.T, folder string, least int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	groups := make(map[string]bool)
	for _, c := range conformance.Cases() {
		groups[c.Group()] = true
	}
	named := 0
	for _, sentence := range regexp.MustCompile(`Cases: [^.]*\.`).FindAllString(string(text), -1) {
		for _, found := range regexp.MustCompile("`([^`]*)/`").FindAllStringSubmatch(sentence, -1) {
			named++
			if !groups[found[1]] {
				t.Errorf("README.md names the cases %s/, which are not there", found[1])
			}
		}
	}
	if named < least {
		t.Errorf("README.md names only %d groups of cases", named)
	}
}

// TestANewPluginIsClean holds what its author would see first: it is formatted,
// vetted without the network, and its go.sum is complete, so that `go doc` works.
func TestANewPluginIsClean(t *testing.T) {
	t.Parallel()
	folder := write(t)
	t.Run("vetted offline", func(t *testing.T) { runWith(t, folder, offline(), "vet", "./...") })
	// `go doc` reads the go.mod of every module in the graph, most of which a
	// build does not need: a new module cache does not have them.
	runWith(t, folder, readonly(), "list", "-m", "all")
	if text := runWith(t, folder, offline(), "doc", "github.com/raddeploy/raddeploy/sdk.Executor"); !strings.Contains(text, "Fingerprint(") {
		t.Errorf("go doc shows of sdk.Executor only:\n%s", text)
	}
	if output, err := exec.Command("gofmt", "-l", folder).CombinedOutput(); err != nil || len(output) > 0 {
		t.Errorf("gofmt -l: %v\n%s", err, output)
	}
	if shellcheck, err := exec.LookPath("shellcheck"); err == nil {
		if output, err := exec.Command(shellcheck, filepath.Join(folder, "backend.sh")).CombinedOutput(); err != nil {
			t.Errorf("shellcheck: %v\n%s", err, output)
		}
	}
}

// TestANewPluginPasses runs the conformance suite on a plugin as it is written:
// by its own test, and as an ordinary user.
func TestANewPluginPasses(t *testing.T) {
	if output, err := exec.CommandContext(t.Context(), "unshare", namespaces()...).CombinedOutput(); err != nil {
		lacking(t, "namespaces: %v: %s: run the tests as root, or allow user namespaces", err, output)
	}
	t.Parallel()
	folder := write(t)
	t.Run("by its own test", func(t *testing.T) {
		t.Parallel()
		output := run(t, folder, "test", "-count=1", "-v", "./...")
		if !strings.Contains(output, "--- PASS: TestConformance/start/") {
			t.Errorf("its test has run no cases:\n%s", output)
		}
		t.Log(summary(output))
	})
	if os.Geteuid() != 0 {
		return
	}
	program := filepath.Join(t.TempDir(), "raddeploy-executor-toy")
	run(t, folder, "build", "-o", program, ".")
	t.Run("as an ordinary user", func(t *testing.T) {
		t.Parallel()
		checkAsNobody(t, program)
	})
	t.Run("root finds no way out", func(t *testing.T) {
		t.Parallel()
		breakout.Try(t, program)
	})
}

func namespaces() []string {
	if os.Geteuid() == 0 {
		return []string{"--mount", "true"}
	}
	return []string{"--user", "--map-root-user", "--mount", "true"}
}

// lacking skips the test, and fails it where everything has to be there.
func lacking(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("needs "+format, args...)
	}
	t.Skipf("NOT TESTED, needs "+format, args...)
}

func summary(output string) string {
	return fmt.Sprintf("%d cases passed, %d skipped", strings.Count(output, "    --- PASS: "), strings.Count(output, "    --- SKIP: "))
}

// checkAsNobody checks a plugin in a process of a user without rights, for whom
// this test's program is copied to where they can read it.
func checkAsNobody(t *testing.T, program string) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "skeleton-test-") // t.TempDir's parent is not for others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	for _, err := range []error{
		os.Chmod(folder, 0o777|os.ModeSticky),
		os.WriteFile(filepath.Join(folder, "check"), text, 0o755),
		copyFile(filepath.Join(folder, "raddeploy-executor-toy"), program),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	const nobody = 65534
	command := exec.CommandContext(t.Context(), filepath.Join(folder, "check"))
	command.Dir = folder
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + folder, envProgram + "=" + filepath.Join(folder, "raddeploy-executor-toy")}
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	output, err := command.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == exitNoNamespaces:
		lacking(t, "user namespaces: %s", output)
	case err != nil:
		t.Errorf("%v\n%s", err, output)
	default:
		t.Logf("%s", output)
	}
}

func copyFile(to, from string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o755)
}

const exitNoNamespaces = 3

// check runs the conformance suite on a program.
func check(program string) int {
	if output, err := exec.Command("unshare", namespaces()...).CombinedOutput(); err != nil {
		fmt.Printf("%v: %s", err, output)
		return exitNoNamespaces
	}
	failed, passed := 0, 0
	err := conformance.Suite{Program: program, Absent: []byte(`{"shell": "/nowhere/sh"}`)}.Check(context.Background(), func(r conformance.Result) {
		switch r.State {
		case conformance.Failed:
			failed++
			fmt.Println(r)
		case conformance.Passed:
			passed++
		}
	})
	fmt.Println(passed, "passed,", failed, "failed", err)
	if err != nil || failed > 0 || passed == 0 {
		return 1
	}
	return 0
}
