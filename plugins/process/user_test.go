package process_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestAsOrdinaryUser runs all the other tests but the conformance suite, which
// builds the program, as an ordinary user, where everything has to happen in
// user namespaces.
func TestAsOrdinaryUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("all tests run as an ordinary user already")
	}
	// Where that user can go: t.TempDir is for its owner alone.
	dir, err := os.MkdirTemp("", "ordinary-user-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	const nobody = 65534
	copied := filepath.Join(dir, "process.test")
	if err := errors.Join(os.WriteFile(copied, program, 0o755), os.Chown(dir, nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(copied, "-test.v", "-test.skip=^Test(As|Conformance)")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if strings.Contains(string(out), "--- SKIP: TestMounts") || !strings.Contains(string(out), "--- PASS: TestExit ") {
		t.Skipf("user namespaces are not allowed here:\n%s", out)
	}
}

// Root of a namespace that knows no other user, as in a container that an
// ordinary user runs, can do no more than that user.
func TestAsRootOfNobodyElse(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("unshare"); err != nil {
		t.Skip(err)
	}
	cmd := exec.Command("unshare", "--user", "--map-root-user", os.Args[0], "-test.v", "-test.run", "^(TestExit|TestUser|TestInputIsPrivateAndWritable)$")
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "unshare failed") {
		t.Skip("user namespaces are not allowed here")
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: TestExit ") {
		t.Errorf("%v\n%s", err, out)
	}
}

// Where namespaces are forbidden, the fingerprint says how to allow them.
func TestForbiddenNamespacesAreExplained(t *testing.T) {
	for _, tool := range []string{"unshare", "setpriv"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	// A user namespace that allows no further one, and root in it without the
	// right to make mounts.
	script := `echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --bounding-set -all --inh-caps -all "$0" -test.v -test.run '^TestUsage'`
	cmd := exec.Command("unshare", "-Ur", "sh", "-c", script, os.Args[0])
	cmd.Env = append(os.Environ(), "CI=", "TMPDIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "unshare failed") {
		t.Skip("not even one user namespace is allowed here")
	}
	if err != nil || !strings.Contains(string(out), "sysctl -w user.max_user_namespaces=15000") {
		t.Errorf("%v\n%s", err, out)
	}
}
