package launch

import (
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/bash"
	"github.com/raddeploy/raddeploy/sdk"
)

// oci runs the flattened image as a bundle by an OCI runtime, runc unless the
// site says another. The bundle's config.json is written on the node, where the
// paths of scratch are known. The job runs it itself, so no oci.conf is needed:
// `sbatch --container` would run the whole job script in the image.
type oci struct {
	Config
	flat
}

func (l *oci) Complaints(t *sdk.Task) sdk.Diagnostics {
	return complaints(t, l.Launcher, cannot{gpus: l.Program == "" && len(l.Args) == 0})
}

func (l *oci) Prepare(c *Container) string { return seesRoot(c) }

// jsonText defines the function json, which writes one word inside the quotes
// of a JSON string.
const jsonText = `json() { local text=${1//\\/\\\\}; printf '%s' "${text//\"/\\\"}"; }`

func (l *oci) Run(c *Container) string {
	return inNamespaces(c.NetworkDisabled, lines(
		"runtime="+l.program("runc"),
		layRoot(c),
		jsonText,
		`mkdir -p "$RADDEPLOY_SCRATCH/bundle" "$RADDEPLOY_SCRATCH/runtime"`,
		`if [ -n "$rootless" ]; then`,
		bundle(c, true)+` else`,
		bundle(c, false)+`fi >"$RADDEPLOY_SCRATCH/bundle/config.json"`,
		`exec "$runtime" --root "$RADDEPLOY_SCRATCH/runtime" `+quoted(l.Args)+` run --keep --bundle "$RADDEPLOY_SCRATCH/bundle" `+bash.Quote(c.Name),
	))
}

// Cleanup asks the cgroup that was kept whether the kernel killed for memory,
// and deletes the container.
func (l *oci) Cleanup(c *Container) string {
	program := l.Program
	if program == "" {
		program = "runc"
	}
	return lines(
		`group=$(sed -n 's/.*"cgroup_paths":{[^}]*"\(memory\|\)":"\([^"]*\)".*/\2/p' "$RADDEPLOY_SCRATCH/runtime/"`+bash.Quote(c.Name)+`/state.json 2>/dev/null)`,
		`if [ -n "$group" ] && grep -qs '^oom_kill [1-9]' "$group/memory.oom_control" "$group/memory.events"; then : >"$RADDEPLOY_OOM"; fi`,
		bash.Quote(program)+` --root "$RADDEPLOY_SCRATCH/runtime" delete --force `+bash.Quote(c.Name)+` >/dev/null 2>&1 || :`,
	)
}
