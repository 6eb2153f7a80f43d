package slurm

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/clustertest"
	"github.com/raddeploy/raddeploy/sdk"
)

// launchers are those that run here, each with its program.
var launchers = map[string]string{"oci": "runc", "charliecloud": "ch-run", "podman": "podman"}

// inContainers runs a test of all executors with each launcher's real containers,
// in jobs of one real cluster, with outputs in place and with outputs that are
// moved there.
func inContainers(t *testing.T, test func(*testing.T, sitetest.Maker)) {
	t.Parallel()
	inContainersOf(t, clustertest.New(t, 1), test)
}

// inContainersOf does so on a cluster.
func inContainersOf(t *testing.T, cluster *clustertest.Cluster, test func(*testing.T, sitetest.Maker)) {
	sitetest.NeedRegistry(t)
	for launcher, program := range launchers {
		t.Run(launcher, func(t *testing.T) {
			if _, err := exec.LookPath(program); err != nil {
				sitetest.Need(t, "no %s: run make services (%v)", program, err)
			}
			test(t, func(t testing.TB, config string) *sitetest.Site {
				return containers(t, cluster, launcher, config != "")
			})
		})
	}
}

// containers is a site whose tasks are real containers.
func containers(t testing.TB, c *clustertest.Cluster, launcher string, staged bool) *sitetest.Site {
	t.Helper()
	store, err := os.MkdirTemp(c.Dir, "store")
	if err != nil {
		t.Fatal(err)
	}
	var args []string
	if launcher == "podman" {
		args = []string{"--runtime=runc", "--root=" + store, "--storage-driver=overlay"}
		t.Cleanup(func() { _ = unix.Unmount(filepath.Join(store, "overlay"), unix.MNT_DETACH) }) // mounted by podman
	}
	text, err := json.Marshal(map[string]any{
		"launcher": launcher, "launcher_args": args, "slurm_conf": c.Conf, "poll": "0.2s", "settle": "3s",
		"insecure_registries": []string{sitetest.Registry}, "stage_outputs": staged,
	})
	if err != nil {
		t.Fatal(err)
	}
	return sitetest.New(t, func(where sdk.Site) sitetest.Executor {
		t.Helper()
		own := &Config{}
		if found := sdk.Decode(text, own); len(found) > 0 {
			t.Fatalf("config: %v", found)
		}
		where.Instance = "slurm"
		e := New(own)
		if err := e.Configure(t.Context(), where); err != nil {
			t.Fatal(err)
		}
		return fromRegistry{e}
	})
}

// fromRegistry takes the tests' image from the registry of make services.
type fromRegistry struct{ *Executor }

func (e fromRegistry) Start(ctx context.Context, task *sdk.Task) (sdk.Handle, error) {
	if !strings.Contains(task.Container.Image, "/") {
		task.Container.Image = fmt.Sprintf("%s/%s", sitetest.Registry, task.Container.Image)
	}
	return e.Executor.Start(ctx, task)
}

// A task of any user changes what it finds in its inputs, and its outputs are
// collected.
func TestInputIsWritableByAnyUser(t *testing.T) {
	inContainers(t, func(t *testing.T, make sitetest.Maker) { sitetest.InputIsWritableByAnyUser(t, make) })
}

// So it is where the image says as whom it runs.
func TestInputIsWritableByTheImagesUser(t *testing.T) {
	inContainers(t, func(t *testing.T, make sitetest.Maker) { sitetest.InputIsWritableByTheImagesUser(t, make) })
}

// A kill for memory is told of a container that ends well all the same, by what its
// launcher limits and by what Slurm itself does, which is all with charliecloud.
func TestKilledForMemoryWithin(t *testing.T) {
	t.Parallel()
	inContainersOf(t, clustertest.WithMemoryLimits(t, 1), func(t *testing.T, make sitetest.Maker) { sitetest.KilledForMemoryWithin(t, make) })
}
