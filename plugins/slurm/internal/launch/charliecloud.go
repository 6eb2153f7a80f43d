package launch

import (
	"strings"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/bash"
	"github.com/raddeploy/raddeploy/sdk"
)

// charliecloud runs the flattened image by ch-run, in a user namespace of the
// job's own user. ch-run can neither mount read-only nor take the network away,
// so both are done in a namespace around it.
type charliecloud struct {
	Config
	flat
}

func (l *charliecloud) Complaints(t *sdk.Task) sdk.Diagnostics {
	return complaints(t, l.Launcher, cannot{memory: true, gpus: len(l.Args) == 0, namespaces: true, separators: true})
}

func (l *charliecloud) Prepare(c *Container) string { return seesRoot(c) }

func (l *charliecloud) Run(c *Container) string {
	uid, gid := c.ids()
	text := []string{
		"ch=" + l.program("ch-run"),
		layRoot(c),
		`user=$(id -un 2>/dev/null || id -u)`,
		`options=(--cd=` + bash.Quote(c.workingDir()) + ` --uid=` + uid + ` --gid=` + gid + ` --bind="$RADDEPLOY_SCRATCH/tmp:/tmp")`,
		`[ -z "$writable" ] || options+=(--write)`,
		"mkdir -p \"$RADDEPLOY_SCRATCH/static\"",
	}
	for i, b := range c.binds() {
		source := b.source
		if b.readOnly {
			text = append(text, readOnly(i, b.source))
			source = static(i)
		}
		text = append(text, "options+=(--bind="+source+":"+bash.Quote(b.target)+")")
	}
	text = append(text,
		// Of an empty array bash 4.3 says that it is unbound.
		"gpus=(${CUDA_VISIBLE_DEVICES+\"--set-env=CUDA_VISIBLE_DEVICES=$CUDA_VISIBLE_DEVICES\"})",
		`exec env -i USER="$user" PATH="$PATH" "$ch" "${options[@]}" `+quoted(c.setEnv())+` ${gpus[@]+"${gpus[@]}"} `+quoted(l.Args)+` "$root" -- `+quoted(c.argv()),
	)
	return inNamespaces(c.NetworkDisabled, lines(text...))
}

func (l *charliecloud) Cleanup(*Container) string { return ":" }

// static is where a folder is mounted read-only before a launcher binds it.
func static(i int) string { return strings.Replace(private(i), "private", "static", 1) }

// readOnly is bash that mounts a folder read-only, keeping the flags that its
// file system has: a user namespace may not take them away.
func readOnly(i int, source string) string {
	return lines(
		"mkdir -p "+static(i)+" && mount --bind "+source+" "+static(i)+" && flags=$(findmnt -n -o VFS-OPTIONS --mountpoint "+static(i)+" | tail -n 1) &&",
		"\tmount -o \"remount,bind,ro,${flags#r[wo]}\" "+static(i)+" || fail \"node $(hostname): a static folder could not be mounted read-only\"",
	)
}

// setEnv gives the container its environment, and nothing of it to ch-run itself,
// which runs on the node: a variable such as LD_PRELOAD would load a library there.
func (c *Container) setEnv() []string {
	options := []string{"--env-no-expand", "--unset-env=*"}
	for _, v := range c.environment() {
		options = append(options, "--set-env="+v.Name+"='"+v.Value+"'") // ch-run takes one pair of quotes away
	}
	return options
}
