package gpus

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/raddeploy/raddeploy/sdk"
)

// open lays specs out as files of a folder and reads them. The driver's files
// are those of testdata.
func open(t *testing.T, files ...string) (*Specs, string) {
	t.Helper()
	dir := t.TempDir()
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := &Specs{dirs: []string{dir, filepath.Join(dir, "not-there")}, procs: "testdata/driver", node: func(string) bool { return true }}
	if err := s.open(); err != nil {
		t.Fatal(err)
	}
	if wrong := s.Problems(); len(wrong) > 0 {
		t.Errorf("problems: %q", wrong)
	}
	return s, dir
}

const (
	gpu0 = "GPU-8dcd427f-483b-b48f-d7e5-75fb19a52b76"
	gpu1 = "GPU-36c3aa9b-6e1e-4f62-a5a0-5b2dd4f6f0c1"
	mig0 = "MIG-7c3f8a2e-5a54-5b3c-9e0a-0d5f1f0c8a11"
	mig1 = "MIG-0b1d9c52-2f0e-5c5e-8d43-3c61d1e4a922"
)

func TestGPUs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		file string
		want []sdk.Device
	}{
		"by index, UUIDs from the driver": {"nvidia-index.yaml", []sdk.Device{
			{Index: "0", UUID: gpu0, CDI: "nvidia.com/gpu=0"}, {Index: "1", UUID: gpu1, CDI: "nvidia.com/gpu=1"},
		}},
		"by index and UUID": {"nvidia-both.yaml", []sdk.Device{
			{Index: "0", UUID: gpu0, CDI: "nvidia.com/gpu=" + gpu0}, {Index: "1", UUID: gpu1, CDI: "nvidia.com/gpu=" + gpu1},
		}},
		"one of them divided": {"nvidia-mig.json", []sdk.Device{
			{Index: "0:0", UUID: mig0, CDI: "nvidia.com/gpu=" + mig0}, {Index: "0:1", UUID: mig1, CDI: "nvidia.com/gpu=" + mig1},
			{Index: "1", UUID: gpu1, CDI: "nvidia.com/gpu=" + gpu1},
		}},
		"named with their types": {"nvidia-type-index.yaml", []sdk.Device{
			{Index: "0:0", CDI: "nvidia.com/gpu=mig0:0"}, {Index: "1", UUID: gpu1, CDI: "nvidia.com/gpu=gpu1"},
		}},
		"of another vendor, told in notes": {"other.yaml", []sdk.Device{
			{Index: "0", UUID: "GPU-a-b", CDI: "example.com/gpu=0"}, {Index: "1", CDI: "example.com/gpu=1"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := open(t, test.file)
			if diff := cmp.Diff(test.want, s.GPUs()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	both, _ := open(t, "nvidia-both.yaml")
	mig, _ := open(t, "nvidia-mig.json")
	for name, test := range map[string]struct {
		specs  *Specs
		wanted sdk.Device
		want   string // "": there is none
	}{
		"its CDI name":                      {both, sdk.Device{CDI: "nvidia.com/gpu=0"}, "nvidia.com/gpu=0"},
		"its UUID":                          {both, sdk.Device{UUID: gpu1}, "nvidia.com/gpu=" + gpu1},
		"its index":                         {both, sdk.Device{Index: "1"}, "nvidia.com/gpu=" + gpu1},
		"index of a part":                   {mig, sdk.Device{Index: "0:1"}, "nvidia.com/gpu=" + mig1},
		"UUID of a part":                    {mig, sdk.Device{UUID: mig0}, "nvidia.com/gpu=" + mig0},
		"CDI name of a part":                {mig, sdk.Device{CDI: "nvidia.com/gpu=0:1"}, "nvidia.com/gpu=0:1"},
		"none there":                        {both, sdk.Device{Index: "7", UUID: "GPU-x"}, ""},
		"nothing":                           {both, sdk.Device{}, ""},
		"index of what is another GPU now":  {both, sdk.Device{Index: "0", UUID: gpu1}, "nvidia.com/gpu=" + gpu1},
		"an index that another GPU has got": {both, sdk.Device{Index: "0", UUID: "GPU-gone"}, ""},
		"CDI name that another GPU has got": {both, sdk.Device{CDI: "nvidia.com/gpu=0", UUID: "GPU-gone"}, ""},
	} {
		got, found := test.specs.Find(test.wanted)
		if found != (test.want != "") || found && got != test.want {
			t.Errorf("%s: got %q, %v; want %q", name, got, found, test.want)
		}
	}
}

// TestInject proves that a container gets what the spec says: device nodes and
// the right to use them, environment, mounts and hooks.
func TestInject(t *testing.T) {
	t.Parallel()
	s, _ := open(t, "nvidia-mig.json", "fake.yaml")
	spec := &specs.Spec{Version: "1.0.2", Process: &specs.Process{Env: []string{"PATH=/bin"}}, Linux: &specs.Linux{Resources: &specs.LinuxResources{}}}
	if err := s.Inject(spec, "raddeploy.test/gpu=0"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"PATH=/bin", "TEST_DRIVER=1", "TEST_VISIBLE=0"}, spec.Process.Env); diff != "" {
		t.Error("environment", diff)
	}
	major, minor := int64(1), int64(3)
	rules := []specs.LinuxDeviceCgroup{{Allow: true, Type: "c", Major: &major, Minor: &minor, Access: "rwm"}}
	if diff := cmp.Diff(rules, spec.Linux.Resources.Devices); diff != "" || len(spec.Linux.Devices) != 1 || spec.Linux.Devices[0].Path != "/dev/test-gpu0" {
		t.Error("devices", diff, spec.Linux.Devices)
	}
	if len(spec.Mounts) != 1 || spec.Mounts[0].Destination != "/usr/lib/test-gpu" || spec.Mounts[0].Source != "/etc" {
		t.Error("mounts", spec.Mounts)
	}
	if spec.Hooks == nil || len(spec.Hooks.CreateContainer) != 1 || spec.Hooks.CreateContainer[0].Path != "/bin/true" {
		t.Error("hooks", spec.Hooks)
	}
	if err := s.Inject(spec, "raddeploy.test/gpu=7"); err == nil || !strings.Contains(err.Error(), "no CDI device raddeploy.test/gpu=7") {
		t.Errorf("what is not there: %v", err)
	}
}

func TestChangesAreSeen(t *testing.T) {
	t.Parallel()
	s, dir := open(t, "fake.yaml")
	if got := s.String(); got != "raddeploy.test/gpu=0" {
		t.Errorf("at first: %q", got)
	}
	text, err := os.ReadFile("testdata/nvidia-index.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "nvidia.yaml"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	s.Look()
	if got := len(s.GPUs()); got != 3 {
		t.Errorf("with another file: %d GPUs", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "nvidia.yaml"), []byte("cdiVersion: nonsense\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.Look()
	if wrong := s.Problems(); s.String() != "raddeploy.test/gpu=0" || len(wrong) != 1 || !strings.Contains(wrong[0], "nvidia.yaml") {
		t.Errorf("with a broken file: %q, problems %q", s, wrong)
	}
	if err := os.Remove(filepath.Join(dir, "fake.yaml")); err != nil {
		t.Fatal(err)
	}
	s.Look()
	if got := s.GPUs(); len(got) != 0 {
		t.Errorf("with none: %v", got)
	}
}

// A GPU that fell off the bus is not there, though its spec is; when its node
// is back, so is it.
func TestGPUWithoutItsNode(t *testing.T) {
	t.Parallel()
	s, _ := open(t, "nvidia-index.yaml")
	gone := ""
	s.node = func(path string) bool { return path != gone }
	s.Look()
	if got := len(s.GPUs()); got != 2 {
		t.Fatalf("%d GPUs", got)
	}
	gone = "/dev/nvidia0"
	s.Look()
	if got := s.String(); got != "nvidia.com/gpu=1" {
		t.Errorf("without its node: %q", got)
	}
	if wrong := s.Problems(); len(wrong) != 1 || wrong[0] != "nvidia.com/gpu=0: the host has no /dev/nvidia0" {
		t.Errorf("problems: %q", wrong)
	}
	if name, found := s.Find(sdk.Device{Index: "0", UUID: gpu0}); found {
		t.Errorf("it is found as %s", name)
	}
	gone = "/dev/nvidiactl" // every device needs it
	s.Look()
	if got := s.GPUs(); len(got) != 0 || len(s.Problems()) != 2 {
		t.Errorf("without the driver's node: %v, %q", got, s.Problems())
	}
	gone = ""
	s.Look()
	if got := s.GPUs(); len(got) != 2 || len(s.Problems()) != 0 {
		t.Errorf("when all is back: %v, %q", got, s.Problems())
	}
	s, _ = open(t, "fake.yaml") // tells numbers, and the host's node
	s.node = func(path string) bool { return path != "/dev/null" }
	s.Look()
	if got := s.GPUs(); len(got) != 0 {
		t.Errorf("without the host's node: %v", got)
	}
}

// A spec that is just being written anew still says what it said.
func TestSpecThatIsWrittenAnew(t *testing.T) {
	t.Parallel()
	s, dir := open(t, "fake.yaml", "nvidia-index.yaml")
	path := filepath.Join(dir, "nvidia-index.yaml")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write := func(text string, age time.Duration) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
		s.Look()
	}
	s.settle, s.patience = time.Hour, time.Hour
	if err := os.Chtimes(filepath.Join(dir, "fake.yaml"), time.Time{}, time.Now().Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	first := strings.Index(string(whole), "name: \"1\"")
	if first < 0 {
		t.Fatal("the spec has no second device")
	}
	// a valid spec, of one device
	write(string(whole[:strings.LastIndex(string(whole[:first]), "\n")]), 0)
	if got := len(s.GPUs()); got != 3 {
		t.Errorf("a moment after it was written: %d GPUs", got)
	}
	write("cdiVersion: [", 2*time.Hour)
	if got := len(s.GPUs()); got != 3 || len(s.Problems()) > 0 {
		t.Errorf("while it is not readable: %d GPUs, %q", got, s.Problems())
	}
	if err := s.Inject(&specs.Spec{Process: &specs.Process{}, Linux: &specs.Linux{}}, "raddeploy.test/gpu=0"); err != nil {
		t.Errorf("meanwhile: %v", err)
	}
	s.patience = 0
	s.Look()
	if got := len(s.GPUs()); got != 1 || len(s.Problems()) != 1 {
		t.Errorf("when it stays unreadable: %d GPUs, %q", got, s.Problems())
	}
	write(string(whole), 2*time.Hour)
	if got := len(s.GPUs()); got != 3 || len(s.Problems()) > 0 {
		t.Errorf("when it is whole: %d GPUs, %q", got, s.Problems())
	}
}
