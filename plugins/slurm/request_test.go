package slurm

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/sdk"
)

// configured returns an executor whose cluster is never asked, and the folder
// of its agent.
func configured(t *testing.T, config string) (*Executor, string) {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	own := &Config{}
	text := strings.ReplaceAll(`{"launcher": "oci", "slurm_conf": "/nowhere" `+config+`}`, "ROOT", root)
	if found := sdk.Decode([]byte(text), own); len(found) > 0 {
		t.Fatal(found)
	}
	e := New(own)
	e.launcher = bare{}
	t.Cleanup(func() { _ = e.Close() })
	if err := e.Configure(t.Context(), sdk.Site{Name: "site", Instance: "slurm", WorkDir: root + "/work", Roots: []string{root}}); err != nil {
		t.Fatal(err)
	}
	return e, root
}

func TestArguments(t *testing.T) {
	e, _ := configured(t, `, "path_map": {"ROOT": "/gpfs"}, "partition": "gpu", "qos": "normal", "priority_nice": {"1": 500}, "priority_qos": {"5": "urgent"},
		"args": ["--reservation=radiology"], "allowed_args": ["--licenses"], "time_margin": "10m", "stop_grace": "30s", "gpu_type": "a100"`)
	task := &sdk.Task{
		Attempt: "a-1", Container: sdk.Container{Image: "model:1"}, Timeout: time.Hour, Priority: 5, GPUCount: 2, AvoidNodes: []string{"n1", "no name"},
		Resources: sdk.Resources{NanoCPUs: 2_500_000_000, Memory: 3<<30 + 1},
		Options:   &Options{Account: "lung", Args: []string{"--licenses=matlab"}, Gres: "shard:1"},
	}
	p, found := e.request(task)
	if len(found) > 0 {
		t.Fatal(found)
	}
	folder := "/gpfs/work/site~slurm/a-1"
	want := []string{
		"--job-name=raddeploy-site-a-1", "--comment=raddeploy site=site executor=slurm attempt=a-1", "--chdir=" + folder, "--output=" + folder + "/log",
		"--open-mode=append", "--export=ALL", "--input=/dev/null", "--no-requeue", "--nodes=1", "--ntasks=1", "--time=71", "--cpus-per-task=3",
		"--mem=3073M", "--partition=gpu", "--account=lung", "--qos=urgent", "--gpus=a100:2", "--gres=shard:1", "--reservation=radiology", "--licenses=matlab",
	}
	if diff := cmp.Diff(want, p.Args); diff != "" {
		t.Error(diff)
	}
	if !slices.Equal(p.Exclude, []string{"n1"}) {
		t.Errorf("exclude %v", p.Exclude)
	}
	task.Priority, task.Options = 1, nil
	if p, _ = e.request(task); !slices.Contains(p.Args, "--nice=500") || !slices.Contains(p.Args, "--qos=normal") {
		t.Errorf("%v", p.Args)
	}
}

// What cannot be run here is refused before it is started, with the path of the
// word.
func TestRefusals(t *testing.T) {
	e, root := configured(t, `, "work_dir": "ROOT/shared/work", "path_map": {"ROOT/shared": "/gpfs/shared"}, "gpus": "none", "allowed_args": ["--licenses"], "image_dirs": ["/gpfs/images"]`)
	for _, dir := range []string{"shared/in", "shared-not/in"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	mount := func(source string) func(*sdk.Task) {
		return func(task *sdk.Task) {
			task.Mounts = []sdk.Mount{{Role: sdk.Static, Name: "atlas", Source: filepath.Join(root, source), Target: "/atlas"}}
		}
	}
	for _, row := range []struct {
		name   string
		change func(*sdk.Task)
		want   string // path; "": accepted
	}{
		{"a folder that nodes see", mount("shared/in"), ""},
		{"a folder outside of path_map", mount("shared-not/in"), "static_mounts.atlas"},
		{"GPUs where the site has none", func(task *sdk.Task) { task.GPUCount = 1 }, "gpu"},
		{"GPUs of this host", func(task *sdk.Task) { task.GPUs = []sdk.Device{{UUID: "GPU-1"}} }, "gpu"},
		{"an argument that is not allowed", func(task *sdk.Task) { task.Options = &Options{Args: []string{"--uid=0"}} }, "options.args.0"},
		{"an argument that is not named", func(task *sdk.Task) { task.Options = &Options{Args: []string{"--licenses=a", "--exclusive"}} }, "options.args.1"},
		{"an image in a folder of images", func(task *sdk.Task) { task.Container.Image = "/gpfs/images/a.sif" }, ""},
		{"the node's root", func(task *sdk.Task) { task.Container.Image = "/" }, "image"},
		{"a folder of the node", func(task *sdk.Task) { task.Container.Image = "/gpfs/images-not/a" }, "image"},
		{"a way out of the folder of images", func(task *sdk.Task) { task.Container.Image = "/gpfs/images/../shared" }, "image"},
		{"two folders", func(task *sdk.Task) { task.Container.Image = "/gpfs/images/a:/etc" }, "image"},
		{"a line end in an option", func(task *sdk.Task) { task.Options = &Options{QOS: "a\nb"} }, "options.qos"},
	} {
		task := &sdk.Task{Attempt: "a-1", Container: sdk.Container{Image: "model:1"}}
		row.change(task)
		found, err := e.ValidateTask(t.Context(), task)
		got := ""
		for _, d := range found {
			got = strings.Join(d.Path, ".")
		}
		if err != nil || got != row.want {
			t.Errorf("%s: %v, %v; want a complaint about %q", row.name, found, err, row.want)
		}
	}
}

func TestConfigRefused(t *testing.T) {
	for _, words := range []string{
		`"priority_nice": {"6": 1}`, `"path_map": {"data": "/gpfs"}`, `"args": ["--job-name=x"]`, `"args": ["--arr=1-9"]`, `"args": ["x; rm"]`, `"allowed_args": ["--licenses=x"]`,
		`"scratch": "relative"`, `"scratch": "/tmp/$(reboot)"`, `"poll": "1ms"`, `"submit_rate": 0`, `"work_dir": "relative"`, `"image_dirs": ["images"]`, `"image_dirs": ["/gpfs/.."]`, `"path_map": {"/elsewhere": "/gpfs"}`,
	} {
		own := &Config{}
		if found := sdk.Decode(fmt.Appendf(nil, `{"launcher": "oci", %s}`, words), own); len(found) > 0 {
			t.Fatal(words, found)
		}
		err := New(own).Configure(t.Context(), sdk.Site{Name: "site", Instance: "slurm", WorkDir: t.TempDir()})
		if sdk.KindOf(err) != sdk.InvalidArgument {
			t.Errorf("%s: %v", words, err)
		}
	}
}
