package containerd

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
)

// layFake lays the spec of one fake device into a folder: a device node,
// environment, a mount and a hook.
func layFake(t *testing.T, folder string) {
	t.Helper()
	text, err := os.ReadFile("internal/gpus/testdata/fake.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "fake.yaml"), text, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestGPUOfFakeSpec(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	layFake(t, folder)
	s := containerd.Site(t, `{"cdi_spec_dirs": ["`+folder+`"]}`)
	const script = `echo "$TEST_VISIBLE $TEST_DRIVER"; ls /usr/lib/test-gpu/hostname; test -c /dev/test-gpu0 && echo x > /dev/test-gpu0 && echo written`
	task := s.Task(script)
	task.GPUs, task.GPUCount = []sdk.Device{{Index: "0"}}, 1
	if got := s.Run(task); !got.Succeeded() {
		t.Fatalf("%+v: %s", got.Exit, s.Logs(task.Attempt, sdk.Stderr))
	}
	if got, want := s.Logs(task.Attempt, sdk.Stdout), "0 1\n/usr/lib/test-gpu/hostname\nwritten\n"; got != want {
		t.Errorf("with the device: %q, want %q", got, want)
	}
	task = s.Task(`echo "$TEST_VISIBLE"; ls /dev /usr/lib`)
	s.Run(task)
	if got := s.Logs(task.Attempt, sdk.Stdout); !strings.HasPrefix(got, "\n") || strings.Contains(got, "test-gpu") {
		t.Errorf("without: %q", got)
	}
}

func TestGPUThatIsNotThere(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	layFake(t, folder)
	s := containerd.Site(t, `{"cdi_spec_dirs": ["`+folder+`"]}`)
	for name, adapt := range map[string]func(*sdk.Task){
		"another one":     func(task *sdk.Task) { task.GPUs = []sdk.Device{{Index: "7", UUID: "GPU-7"}} },
		"more than there": func(task *sdk.Task) { task.GPUCount = 2 },
	} {
		task := s.Task("true")
		adapt(task)
		found, err := s.Executor.ValidateTask(t.Context(), task)
		if err != nil || len(found) != 1 || found[0].Path[0] != "gpu" || !strings.Contains(found[0].Detail, "nvidia-ctk") {
			t.Errorf("validate %s: %v, %v", name, found, err)
		}
		if _, err := s.Executor.Start(t.Context(), task); sdk.KindOf(err) != sdk.InvalidArgument {
			t.Errorf("start %s: %v", name, err)
		}
	}
	task := s.Task("true")
	task.GPUCount = 1
	if found, err := s.Executor.ValidateTask(t.Context(), task); err != nil || len(found) > 0 {
		t.Errorf("as many as there are: %v, %v", found, err)
	}
}

func TestFingerprintTellsGPUsAsTheyCome(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := containerd.Site(t, `{"cdi_spec_dirs": ["`+folder+`"]}`)
	var told []int
	err := s.Executor.Fingerprint(t.Context(), func(f sdk.Fingerprint) error {
		if f.Health != sdk.Healthy { // a busy machine may be slow to answer
			return nil
		}
		told = append(told, len(f.GPUs))
		if len(f.GPUs) > 0 {
			return sitetest.ErrEnough
		}
		layFake(t, folder)
		return nil
	})
	if told = slices.Compact(told); err != sitetest.ErrEnough || !slices.Equal(told, []int{0, 1}) {
		t.Errorf("told %v, %v", told, err)
	}
}
