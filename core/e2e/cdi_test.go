package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/phantom"
	"github.com/raddeploy/raddeploy/core/run"
)

// fakeCDI makes a folder with a CDI spec of two GPUs: each with a device node
// of its own, an environment variable and a mount. It needs no driver. The
// nodes are those of /dev/zero under other names.
func fakeCDI(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var devices string
	for n, uuid := range []string{gpu0, gpu1} {
		node := filepath.Join(dir, fmt.Sprint("fakegpu", n))
		if err := unix.Mknod(node, unix.S_IFCHR|0o666, int(unix.Mkdev(1, 5))); err != nil {
			t.Fatal(err)
		}
		library := filepath.Join(dir, fmt.Sprintf("libfake%d.so", n))
		if err := os.WriteFile(library, []byte(uuid), 0o644); err != nil {
			t.Fatal(err)
		}
		devices += fmt.Sprintf(`
  - name: "%d"
    annotations:
      uuid: %s
    containerEdits:
      env: ["FAKE_GPU=%s"]
      deviceNodes:
        - {path: /dev/fakegpu%d, hostPath: %s, type: c, major: 1, minor: 5}
      mounts:
        - {hostPath: %s, containerPath: /usr/lib/libfake.so, options: [ro, bind]}`, n, uuid, uuid, n, node, library)
	}
	specs := filepath.Join(dir, "cdi")
	if err := os.Mkdir(specs, 0o755); err != nil {
		t.Fatal(err)
	}
	spec := "cdiVersion: \"0.6.0\"\nkind: raddeploy.test/gpu\ndevices:" + devices + "\n"
	if err := os.WriteFile(filepath.Join(specs, "fake.yaml"), []byte(spec), 0o644); err != nil {
		t.Fatal(err)
	}
	return specs
}

// published is the executor of configs/containerd-gpu.hcl, with this machine's
// endpoint and a test's CDI specs.
func published(t *testing.T) string {
	t.Helper()
	endpoint := regexp.MustCompile(`"unix://.*"`).FindString(testenv.Containerd(t, ""))
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "configs", "containerd-gpu.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile(`(?ms)^executor "containerd".*?^}`).FindString(string(text))
	block = replace(t, block, `"unix:///run/containerd/containerd.sock"`, endpoint)
	return replace(t, block, `["/etc/cdi", "/var/run/cdi"]`, fmt.Sprintf("[%q]", fakeCDI(t)))
}

// The example model with gpu: true on the published site that gives GPUs by
// CDI. The flow's file says nothing of containerd or CDI.
func TestThresholdOnACDIDevice(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, published(t))
	image := packed(t)
	testenv.ToContainerd(t, image)
	site.Flow("threshold", thresholdFlow(t, image, "    gpu: true\n"))
	site.Start()
	series, err := phantom.Write(t.TempDir(), phantom.Options{Slices: 4, Size: 64})
	if err != nil {
		t.Fatal(err)
	}
	site.Send(series...)
	r := site.Ended("bone-threshold", run.Done)
	if gpus := r.Tasks[0].Attempts[0].GPUs; !slices.Equal(gpus, []string{gpu0}) {
		t.Errorf("it leases %v, want %s", gpus, gpu0)
	}
	if made := bySource(t, output(t, site, r, 0, "dst")); len(made) != 1 {
		t.Errorf("%d segmentations of one series", len(made))
	}
}

// A container has exactly the devices that it leases: their nodes, variables
// and mounts, and none of the other ones.
func TestContainersHaveTheirGPUs(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Containerd(t, `gpus = ["0", "1"]`, fmt.Sprintf("cdi_spec_dirs = [%q]", fakeCDI(t))))
	for _, flow := range []string{"one", "two"} {
		site.Flow(flow, `
triggers: [{Modality: CT}]
models:
  - image: busybox:latest
    command: [sh, -c, 'echo $FAKE_GPU > /output/gpu; cat /usr/lib/libfake.so >> /output/gpu; ls /dev/fakegpu* | wc -l >> /output/gpu;
      head -c 3 /dev/fakegpu* | od -An -tx1 >> /output/gpu; until test -e /gate/open; do sleep 0.1; done']
    network_disabled: true
    pull_before_exec: false
    gpu: true
    static_mounts: gate:/gate
`)
	}
	site.Static("gate", "gate", "")
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	leased := map[string]bool{}
	for _, flow := range []string{"one", "two"} { // both at once: each has the other device
		r := site.Run(flow, "running", testenv.Running(1))
		leased[r.Tasks[0].Attempts[0].GPUs[0]] = true
	}
	site.Static("gate", "open", "")
	seen := map[string]bool{}
	for _, flow := range []string{"one", "two"} {
		r := site.Ended(flow, run.Done)
		gpu := r.Tasks[0].Attempts[0].GPUs[0]
		text, err := os.ReadFile(filepath.Join(site.Files().Output(r.ID, 0, 1, "dst"), "gpu"))
		if want := gpu + "\n" + gpu + "1\n 00 00 00\n"; err != nil || string(text) != want {
			t.Errorf("%s leases %s and saw %q (%v), want %q", flow, gpu, text, err, want)
		}
		seen[gpu] = true
	}
	if len(leased) != 2 || len(seen) != 2 {
		t.Errorf("both tasks ran at once with %v", leased)
	}
}
