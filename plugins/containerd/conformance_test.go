package containerd

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/conformance"
)

// inRegistry is the tests' image as the tests' registry has it.
const inRegistry = sitetest.Registry + "/" + sitetest.Busybox

// twoGPUs are devices that leave their UUIDs in a container's environment.
const twoGPUs = `{"cdiVersion": "0.6.0", "kind": "raddeploy.test/gpu", "devices": [
	{"name": "0", "containerEdits": {"env": ["TEST_GPU_0=GPU-00000000-1111-2222-3333-444444444444"]}},
	{"name": "GPU-00000000-1111-2222-3333-444444444444", "containerEdits": {"env": ["TEST_GPU_0=GPU-00000000-1111-2222-3333-444444444444"]}},
	{"name": "1", "containerEdits": {"env": ["TEST_GPU_1=GPU-11111111-1111-2222-3333-444444444444"]}},
	{"name": "GPU-11111111-1111-2222-3333-444444444444", "containerEdits": {"env": ["TEST_GPU_1=GPU-11111111-1111-2222-3333-444444444444"]}}
]}`

// The program, as the agent launches it, on the real containerd.
func TestConformance(t *testing.T) {
	t.Parallel()
	s := containerd.Site(t, "") // skips without a containerd
	sitetest.NeedRegistry(t)
	prefetcher := s.Executor.(sdk.Prefetcher)
	if err := prefetcher.Prefetch(t.Context(), inRegistry, func(sdk.Progress) error { return nil }); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "raddeploy-executor-containerd")
	if out, err := exec.Command("go", "build", "-o", program, "./cmd/raddeploy-executor-containerd").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	specs := t.TempDir()
	if err := os.WriteFile(filepath.Join(specs, "test.json"), []byte(twoGPUs), 0o644); err != nil {
		t.Fatal(err)
	}
	way := sitetest.NewWay(t, endpoint())
	config, err := json.Marshal(map[string]any{"endpoint": way.Endpoint, "cdi_spec_dirs": []string{specs}})
	if err != nil {
		t.Fatal(err)
	}
	conformance.Suite{
		Program: program,
		Env:     []string{"HOME=" + os.Getenv("HOME"), "PATH=" + os.Getenv("PATH")},
		Image:   inRegistry,
		Config:  config,
		Absent:  []byte(`{"endpoint": "unix:///nowhere"}`),
		Stall:   way.Stall,
		// Most cases wait, for their tasks and for the engine.
		Parallel: 8,
		GPUs:     `env | sed -n 's/^TEST_GPU_[0-9]*=//p'`,
	}.Run(t)
}
