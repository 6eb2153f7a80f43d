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

// recorder is a program that writes its arguments and what the container would get of its environment, one a line.
const recorder = `#!/bin/bash
printf '%s\n' "${@//$RADDEPLOY_SCRATCH/SCRATCH}"
env | grep -E '^(APPTAINERENV_)?MODE=' || :
`

// Debian has neither apptainer nor pyxis: what they are called with is held to their documentation.
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

// A launcher that cannot give what keeps a flow's promise refuses it; what only the cluster may limit is a warning.
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
