package docker

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk/conformance"
)

// The program, as the agent launches it, on the real engine.
func TestConformance(t *testing.T) {
	// It runs by itself: beside fifty containers that start at once the engine may answer too late
	// for the other tests.
	docker.Site(t, "") // skips without an engine
	program := filepath.Join(t.TempDir(), "raddeploy-executor-docker")
	if out, err := exec.Command("go", "build", "-o", program, "./cmd/raddeploy-executor-docker").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	const image = sitetest.Registry + "/" + sitetest.Busybox
	if out, err := exec.Command("docker", "-H", endpoint(), "pull", "--quiet", image).CombinedOutput(); err != nil {
		sitetest.Need(t, "no registry with an image: run make services (%s)", out)
	}
	way := sitetest.NewWay(t, endpoint())
	conformance.Suite{
		Program: program,
		Env:     []string{"HOME=" + os.Getenv("HOME")},
		Image:   image,
		Config:  fmt.Appendf(nil, `{"endpoint": %q}`, way.Endpoint),
		Absent:  []byte(`{"endpoint": "unix:///nowhere"}`),
		Stall:   way.Stall,
		// Most cases wait, for their tasks and for the engine.
		Parallel: 8,
		// An engine on a busy machine may take half a minute to start a container.
		Patience: 2 * time.Minute,
	}.Run(t)
}
