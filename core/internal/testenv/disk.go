package testenv

import (
	"fmt"
	"os"
	"testing"
)

// SmallDisk is a folder on a file system of its own of so many bytes, in memory.
// Whoever may not mount one has the test skipped.
func SmallDisk(t testing.TB, bytes int64) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root mounts file systems")
	}
	dir := t.TempDir()
	if output, err := Command(t, "mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%d", bytes), "raddeploy-test", dir); err != nil {
		t.Fatalf("mount a small disk: %v: %s", err, output)
	}
	// lazily: what the agent launched may end a moment after it
	t.Cleanup(func() { CleanUp(t, "umount", "-l", dir) })
	return dir
}
