package launch_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/launch"
	"github.com/raddeploy/raddeploy/sdk"
)

// recorder is a program that writes its arguments and what the container would
// get of its environment, one a line.
const recorder = `#!/bin/bash
printf '%s\n' "${@//$RADDEPLOY_SCRATCH/SCRATCH}"
env | grep -E '^(APPTAINERENV_)?MODE=' || :
`

// Debian has neither apptainer nor pyxis: what they are called with is held to
// their documentation.
func TestCommandLines(t *testing.T) {
	for _, test := range []struct{ launcher, image, want string }{
		{"apptainer", "/shared/model.sif", `exec --contain --cleanenv --no-eval --no-home --ipc --writable-tmpfs
			--workdir=SCRATCH/apptainer --pwd=/work --net --network=none --nv --bind=/in:/input:rw --bind=/static:/weights:ro
			/shared/model.sif predict --fast APPTAINERENV_MODE=test`},
		{"pyxis", "/shared/model.sqsh", `--ntasks=1 --export=ALL --container-image=/shared/model.sqsh --no-container-mount-home
			--container-writable --container-remap-root --container-workdir=/work
			--container-mounts=/in:/input:rbind,/static:/weights:ro+rbind --container-env=MODE --no-container-entrypoint
			predict --fast MODE=test`},
	} {
		t.Run(test.launcher, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), "recorder")
			if err := os.WriteFile(program, []byte(recorder), 0o755); err != nil {
				t.Fatal(err)
			}
			n := newNode(t, launch.Config{Launcher: test.launcher, Program: program, Cache: "/shared"})
			n.scratch = t.TempDir()
			out, err := n.bash(n.launcher.Run(&launch.Container{
				Name: "a", Image: test.image, Entrypoint: []string{"predict"}, Command: []string{"--fast"}, WorkingDir: "/work",
				Env: []sdk.EnvVar{{Name: "MODE", Value: "test"}}, GPUs: 1, NetworkDisabled: test.launcher == "apptainer",
				Mounts: []launch.Mount{{Source: "'/in'", Target: "/input"}, {Source: "'/static'", Target: "/weights", ReadOnly: true}},
			})).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if diff := cmp.Diff(strings.Fields(test.want), strings.Fields(string(out))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A launcher that cannot give what keeps a flow's promise refuses it; what only
// the cluster may limit is a warning.
func TestComplaints(t *testing.T) {
	task := &sdk.Task{Container: sdk.Container{NetworkDisabled: true, Ports: []sdk.Port{{Container: 80}}}, Resources: sdk.Resources{Memory: 1 << 20}}
	for name, want := range map[string]string{
		"oci": "ports", "podman": "ports", "charliecloud": "ports mem_limit?", "apptainer": "ports mem_limit?", "pyxis": "ports network_disabled mem_limit?",
	} {
		var got []string
		for _, d := range newNode(t, launch.Config{Launcher: name, Cache: "/shared"}).launcher.Complaints(task) {
			path := strings.Join(d.Path, ".")
			if d.Warning {
				path += "?"
			}
			got = append(got, path)
		}
		if diff := cmp.Diff(strings.Fields(want), got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// The name of a variable is no shell's business on the node, whatever it is.
func TestNamesOfVariablesAreNoCommands(t *testing.T) {
	for _, name := range []string{"apptainer", "pyxis"} {
		dir := t.TempDir()
		program, made := filepath.Join(dir, "recorder"), filepath.Join(dir, "made")
		if err := os.WriteFile(program, []byte("#!/bin/bash\nenv -0 | grep -zc 'touch.*MODE=test$'\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		n := newNode(t, launch.Config{Launcher: name, Program: program, Cache: "/shared"})
		n.scratch = t.TempDir()
		out, err := n.bash(n.launcher.Run(&launch.Container{
			Name: "a", Image: "/shared/image", Entrypoint: []string{"predict"}, Env: []sdk.EnvVar{{Name: "X; touch " + made + "; MODE", Value: "test"}},
		})).CombinedOutput()
		if _, ran := os.Stat(made); err != nil || ran == nil || string(out) != "1\n" {
			t.Errorf("%s: %v, %q; the name was run: %v", name, err, out, ran == nil)
		}
	}
}

// What a launcher would take for itself, or cannot give, is refused by name.
func TestRefusedByALauncher(t *testing.T) {
	for _, row := range []struct {
		launcher string
		task     sdk.Task
		refused  bool
	}{
		{"pyxis", sdk.Task{Container: sdk.Container{Env: []sdk.EnvVar{{Name: "SLURM_TASK_PROLOG", Value: "/x"}}}}, true},
		{"pyxis", sdk.Task{Container: sdk.Container{Env: []sdk.EnvVar{{Name: "A,B"}}}}, true},
		{"pyxis", sdk.Task{Container: sdk.Container{Env: []sdk.EnvVar{{Name: "MODE"}}}}, false},
		{"pyxis", sdk.Task{Container: sdk.Container{Env: []sdk.EnvVar{{Name: "GLIBC_TUNABLES"}}}}, true},
		{"podman", sdk.Task{Container: sdk.Container{Env: []sdk.EnvVar{{Name: "SLURM_TASK_PROLOG"}, {Name: "A,B"}}}}, false},
		{"pyxis", sdk.Task{Mounts: []sdk.Mount{{Source: "/my weights", Target: "/w", Role: sdk.Static}}}, true},
		{"podman", sdk.Task{Mounts: []sdk.Mount{{Source: "/my weights", Target: "/w", Role: sdk.Static}}}, false},
		{"podman", sdk.Task{Container: sdk.Container{IPCMode: "host"}}, true},
		{"apptainer", sdk.Task{Container: sdk.Container{IPCMode: "host"}}, true},
		// it has the node's anyway
		{"charliecloud", sdk.Task{Container: sdk.Container{IPCMode: "host"}}, false},
	} {
		if found := newNode(t, launch.Config{Launcher: row.launcher, Cache: "/shared"}).launcher.Complaints(&row.task); found.Failed() != row.refused {
			t.Errorf("%s: %v of %+v", row.launcher, found, row.task)
		}
	}
}

// An image without any command is told as that, and not as an end of the process.
func TestAnImageWithoutACommand(t *testing.T) {
	for _, name := range []string{"apptainer", "pyxis"} {
		n := newNode(t, launch.Config{Launcher: name, Program: "true", Cache: "/shared"})
		n.scratch = t.TempDir()
		cmd := n.bash(n.launcher.Run(&launch.Container{Name: "a", Image: "registry/empty"}))
		if err := cmd.Run(); code(cmd.ProcessState) != 125 || !strings.Contains(n.file("message"), "no command") {
			t.Errorf("%s: %v, %q", name, err, n.file("message"))
		}
	}
}
