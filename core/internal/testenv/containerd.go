package testenv

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// containerdSocket is where make services has containerd listen, and
// containerdNamespace where the executor works.
const (
	containerdSocket    = "/run/raddeploy-containerd/containerd.sock"
	containerdNamespace = "raddeploy"
)

// Containerd is the executor block of the containerd of this machine, with
// settings of the block and further ones of the plugin. Without a containerd
// the test is skipped, or fails under CI.
func Containerd(t testing.TB, settings string, config ...string) string {
	t.Helper()
	if output, err := ctr(t, "images", "ls", "-q"); err != nil {
		Missing(t, fmt.Sprintf("no containerd at %s: run make services (%v: %s)", containerdSocket, err, output))
	}
	return fmt.Sprintf("executor \"containerd\" {\n%s\nconfig {\nendpoint = \"unix://%s\"\nnamespace = %q\n%s\n}\n}",
		settings, containerdSocket, containerdNamespace, strings.Join(config, "\n"))
}

// ToContainerd brings an image of the Docker engine to containerd, under the
// same name, until the test ends.
func ToContainerd(t testing.TB, image string) {
	t.Helper()
	archive := filepath.Join(t.TempDir(), "image.tar")
	if output, err := Command(t, "docker", "save", "--output", archive, image); err != nil {
		t.Fatalf("save: %v: %s", err, output)
	}
	if output, err := ctr(t, "images", "import", archive); err != nil {
		t.Fatalf("import: %v: %s", err, output)
	}
	t.Cleanup(func() {
		CleanUp(t, "ctr", "--address", containerdSocket, "--namespace", containerdNamespace, "images", "rm", "docker.io/"+image)
	})
	_ = os.Remove(archive)
}

func ctr(t testing.TB, args ...string) (string, error) {
	return Command(t, "ctr", append([]string{"--address", containerdSocket, "--namespace", containerdNamespace}, args...)...)
}
