package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// image is a shell and the usual tools, from the registry of `make services`.
const image = "127.0.0.1:5000/busybox:latest"

// store is a podman with containers, images and settings of a test's own.
type store struct {
	t      *testing.T
	dir    string
	config Config
	env    []string
}

// newStore makes a store that holds the image. It is removed, with what runs in
// it, when the test ends. Without root, podman or the registry the test is
// skipped, or fails under CI.
func newStore(t *testing.T) *store {
	t.Helper()
	if _, err := exec.LookPath("podman"); err != nil || os.Geteuid() != 0 {
		need(t, "podman cannot be used by user %d: run make services (%v)", os.Geteuid(), err)
	}
	dir, err := os.MkdirTemp("", "podman-test-")
	if err != nil {
		t.Fatal(err)
	}
	s := &store{t: t, dir: dir, config: Config{Program: filepath.Join(dir, "podman"), Network: "none"}}
	for _, option := range []string{"root", "runroot", "tmpdir"} {
		s.config.Args = append(s.config.Args, "--"+option+"="+filepath.Join(dir, option))
	}
	t.Cleanup(s.remove)
	// A file named "stalled" has each command wait until it is gone.
	s.write("podman", 0o755, "#!/bin/sh\nwhile [ -e '"+s.stalled()+"' ]; do sleep 0.1; done\nexec podman \"$@\"\n")
	s.write("registries.conf", 0o644, "[[registry]]\nlocation = \"127.0.0.1:5000\"\ninsecure = true\n")
	s.write("containers.conf", 0o644, "[containers]\ndefault_ulimits = ["+limits(t)+"]\n")
	s.env = []string{"CONTAINERS_CONF=" + filepath.Join(dir, "containers.conf"), "CONTAINERS_REGISTRIES_CONF=" + filepath.Join(dir, "registries.conf")}
	if out, err := s.podman("pull", "--quiet", image).CombinedOutput(); err != nil {
		need(t, "there is no registry with an image: run make services (%v: %s)", err, out)
	}
	return s
}

// need skips the test, or fails it where all services must be there.
func need(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// limits are this process's own, as podman's configuration has them: podman's
// defaults are above what some hosts let even root have.
func limits(t *testing.T) string {
	var files, processes unix.Rlimit
	if err := errors.Join(unix.Getrlimit(unix.RLIMIT_NOFILE, &files), unix.Getrlimit(unix.RLIMIT_NPROC, &processes)); err != nil {
		t.Fatal(err)
	}
	limit := func(hard uint64) uint64 { return min(hard, 1<<15) }
	return fmt.Sprintf("\"nofile=%d:%[1]d\", \"nproc=%d:%[2]d\"", limit(files.Max), limit(processes.Max))
}

func (s *store) write(name string, mode fs.FileMode, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), mode); err != nil {
		s.t.Fatal(err)
	}
}

// podman is a command on the store.
func (s *store) podman(args ...string) *exec.Cmd {
	command := exec.Command("podman", append(s.config.Args, args...)...)
	command.Env = append(os.Environ(), s.env...)
	return command
}

func (s *store) remove() {
	if out, err := s.podman("rm", "--all", "--force", "--time=0").CombinedOutput(); err != nil {
		s.t.Errorf("remove the containers: %v: %s", err, out)
	}
	s.unmount() // the store mounts itself
	if err := os.RemoveAll(s.dir); err != nil {
		s.t.Error(err)
	}
}

// unmount undoes all mounts in the store, the last one first.
func (s *store) unmount() {
	s.t.Helper()
	text, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		s.t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for _, line := range slices.Backward(lines) {
		if fields := strings.Fields(line); len(fields) > 1 && strings.HasPrefix(fields[1], s.dir+"/") {
			if err := unix.Unmount(fields[1], unix.MNT_DETACH); err != nil {
				s.t.Error(err)
			}
		}
	}
}

func (s *store) stalled() string { return filepath.Join(s.dir, "stalled") }

// stall has podman not answer until resume is called.
func (s *store) stall(context.Context) (resume func() error, err error) {
	return func() error { return os.Remove(s.stalled()) }, os.WriteFile(s.stalled(), nil, 0o600)
}

// addGPUs gives podman two devices that leave their UUIDs in a container's
// environment. podman reads no other folders, and no other executor takes this
// kind of device for a GPU.
func (s *store) addGPUs() {
	const kind = "raddeploy.test/podman"
	var devices []map[string]any
	for i, uuid := range []string{"GPU-00000000-1111-2222-3333-444444444444", "GPU-11111111-1111-2222-3333-444444444444"} {
		edits := map[string]any{"env": []string{fmt.Sprintf("TEST_GPU_%d=%s", i, uuid)}}
		devices = append(devices, map[string]any{"name": uuid, "containerEdits": edits})
		s.config.GPUs = append(s.config.GPUs, kind+"="+uuid)
	}
	text, err := json.Marshal(map[string]any{"cdiVersion": "0.3.0", "kind": kind, "devices": devices})
	if err != nil {
		s.t.Fatal(err)
	}
	path := "/var/run/cdi/" + filepath.Base(s.dir) + ".json"
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, text, 0o644)); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { os.Remove(path) })
}
