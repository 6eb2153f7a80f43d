// Package testdisk gives tests a small disk that they can fill. Only tests may
// use it.
package testdisk

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// New mounts a file system of so many bytes for the time of a test and returns
// its folder. What else is to lie on it and ends with the test is made after it.
// Without root the test is skipped, or fails under CI.
func New(t testing.TB, bytes int) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "disk") // t.TempDir is often to lie on it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(folder) })
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0755", bytes)); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("cannot mount a small disk: %v", err)
		}
		t.Skipf("cannot mount a small disk, which takes root: %v", err)
	}
	t.Cleanup(func() {
		// detached: what the test began may close its files a moment later
		if err := unix.Unmount(folder, unix.MNT_DETACH); err != nil {
			t.Errorf("unmount the small disk: %v", err)
		}
	})
	return folder
}
