package launch

import (
	"strings"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/bash"
	"github.com/raddeploy/raddeploy/sdk"
)

// pyxis runs a squashfs by srun with NVIDIA's plugin for it. enroot converts
// the image on one node for all into the cache, by the image's digest.
type pyxis struct {
	Config
	registry
}

func (l *pyxis) Complaints(t *sdk.Task) sdk.Diagnostics {
	return complaints(t, l.Launcher, cannot{memory: true, network: true, user: true, namespaces: true, separators: true, blanks: true,
		own: []string{"SLURM_", "SRUN_", "SBATCH_", "SPANK_", "PYXIS_", "ENROOT_", "LD_", "GLIBC_", "GCONV_"}})
}

// source is the image as enroot writes it: docker://REGISTRY#NAME:TAG. It asks
// the registry for the manifest of the tag, which may be a digest as well.
func (l *pyxis) source(c *Container) string {
	registry, name, _ := strings.Cut(c.Fetched.repository, "/")
	if registry == "index.docker.io" {
		return "docker://" + name + ":" + c.Fetched.Digest
	}
	return "docker://" + registry + "#" + name + ":" + c.Fetched.Digest
}

func (l *pyxis) Prepare(c *Container) string {
	file := converted(l.NodeCache, c, ".sqsh")
	if c.local() {
		return lines(failing, present(file), c.copies())
	}
	enroot := "enroot"
	if l.isInsecure(c) {
		enroot = "ENROOT_ALLOW_HTTP=y enroot"
	}
	return lines(failing, once(file, enroot+` import --output "$made" `+bash.Quote(l.source(c))), c.copies())
}

func (l *pyxis) Run(c *Container) string {
	var names, mounts []string
	for _, v := range c.Env {
		names = append(names, v.Name)
	}
	for _, b := range c.binds() {
		flags := "rbind"
		if b.readOnly {
			flags = "ro+rbind"
		}
		mounts = append(mounts, b.source+":"+bash.Quote(b.target)+":"+flags)
	}
	text := []string{
		failing, "srun=" + l.program("srun"),
		"options=(--ntasks=1 --export=ALL --container-image=" + bash.Quote(converted(l.NodeCache, c, ".sqsh")) +
			" --no-container-mount-home --container-writable --container-remap-root --container-workdir=" + bash.Quote(c.workingDir()) + ")",
	}
	if len(mounts) > 0 {
		text = append(text, "options+=(--container-mounts="+strings.Join(mounts, ",")+")")
	}
	if len(names) > 0 {
		text = append(text, "options+=(--container-env="+bash.Quote(strings.Join(names, ","))+")")
	}
	argv := c.argv()
	if c.local() && c.Entrypoint == nil {
		argv = c.Command
		text = append(text, "options+=(--container-entrypoint)")
	} else {
		text = append(text, "options+=(--no-container-entrypoint)")
	}
	var env []string
	for _, v := range c.Env {
		env = append(env, v.Name+"="+v.Value)
	}
	text = append(text, needsCommand(argv, false), `exec env -- `+quoted(env)+` "$srun" "${options[@]}" `+quoted(l.Args)+" "+quoted(argv)+" </dev/null")
	return lines(text...)
}

func (l *pyxis) Cleanup(*Container) string { return ":" }
