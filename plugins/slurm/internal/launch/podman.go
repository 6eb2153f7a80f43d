package launch

import (
	"encoding/json"
	"fmt"
	"path"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/bash"
	"github.com/raddeploy/raddeploy/sdk"
)

// podman runs the image by podman of the node, which has a store of its own there.
type podman struct {
	Config
	registry
}

func (l *podman) Complaints(t *sdk.Task) sdk.Diagnostics {
	return complaints(t, l.Launcher, cannot{separators: true})
}

// command is podman with the arguments that stand before its verbs. A job has
// no session of systemd, hence cgroupfs.
func (l *podman) command() string {
	return `"$podman" --cgroup-manager=cgroupfs ` + quoted(l.Args)
}

// image is what podman knows the image by: its digest, so that what was said to
// the agent is what runs.
func (l *podman) image(c *Container) string {
	if c.local() {
		return c.Image
	}
	return c.Fetched.repository + "@" + c.Fetched.Digest
}

func (l *podman) Prepare(c *Container) string {
	if c.local() {
		return lines(failing, "[ -d "+bash.Quote(c.Image)+" ] || fail \"node $(hostname) does not see the image's folder \""+bash.Quote(c.Image), c.copies())
	}
	image := bash.Quote(l.image(c))
	pull := l.command() + " pull --quiet"
	if l.isInsecure(c) {
		pull += " --tls-verify=false"
	}
	if l.NodeLogins != "" {
		pull += " --authfile " + bash.Quote(l.NodeLogins)
	}
	return lines(failing, "podman="+l.program("podman"),
		l.command()+" image exists "+image+" ||",
		"\tsaid=$("+pull+" "+image+" 2>&1 </dev/null) || fail \"node $(hostname): podman could not fetch the image: ${said##*$'\\n'}\"",
		c.copies())
}

func (l *podman) Run(c *Container) string {
	text := []string{
		failing, "podman=" + l.program("podman"),
		"options=(--name=" + bash.Quote(c.Name) + " --replace --pull=never --log-driver=none --systemd=false --init=false --http-proxy=false --no-hosts" +
			" --workdir=" + bash.Quote(c.workingDir()) + ")",
		// podman's own defaults are above what a job may have, and podman
		// lowers the number of its processes to the kernel's pid_max.
		`limit() { local hard=$1; [ "$hard" != unlimited ] && [ "$hard" -le "$2" ] || hard=$2; printf %s "$hard:$hard"; }`,
		`options+=(--ulimit="nofile=$(limit "$(ulimit -Hn)" 1048576)" --ulimit="nproc=$(limit "$(ulimit -Hu)" "$(cat /proc/sys/kernel/pid_max)")")`,
	}
	add := func(format string, args ...any) { text = append(text, "options+=("+fmt.Sprintf(format, args...)+")") }
	if c.NetworkDisabled {
		add("--network=none")
	} else {
		add("--network=host")
	}
	if c.User != "" {
		add("--user=%s", bash.Quote(c.User))
	}
	if c.Resources.Memory > 0 {
		text = append(text, fmt.Sprintf(`[ "$(id -u)" != 0 ] || options+=(--memory=%[1]d --memory-swap=%[1]d)`, c.Resources.Memory))
	}
	if c.Resources.PIDs > 0 {
		text = append(text, fmt.Sprintf(`[ "$(id -u)" != 0 ] || options+=(--pids-limit=%d)`, c.Resources.PIDs))
	}
	if c.Resources.ShmSize > 0 {
		add("--shm-size=%d", c.Resources.ShmSize)
	}
	for _, v := range c.Env {
		add("--env=%s", bash.Quote(v.Name+"="+v.Value))
	}
	for _, b := range c.binds() {
		how := "rw"
		if b.readOnly {
			how = "ro"
		}
		add("--volume=%s:%s:%s,rbind,rprivate", b.source, bash.Quote(b.target), how)
	}
	if c.GPUs > 0 {
		// CDI counts the node's GPUs, and so does SLURM_JOB_GPUS.
		// CUDA_VISIBLE_DEVICES counts the job's where Slurm confines it to
		// them.
		text = append(text, `gpus=${SLURM_JOB_GPUS:-${CUDA_VISIBLE_DEVICES-}}`,
			`[ -n "$gpus" ] || fail "node $(hostname): Slurm gave the job no GPU: see its gres.conf"`,
			`for gpu in ${gpus//,/ }; do options+=(--device="nvidia.com/gpu=$gpu"); done`)
	}
	argv := c.Command
	if c.Entrypoint != nil {
		entrypoint, err := json.Marshal(c.Entrypoint)
		if err != nil {
			panic(err) // a list of texts
		}
		add("--entrypoint=%s", bash.Quote(string(entrypoint)))
	} else if argv == nil {
		argv = c.Fetched.Config.Command
	}
	image := bash.Quote(l.image(c))
	if c.local() {
		image = "--rootfs " + bash.Quote(path.Clean(c.Image)+":O")
	}
	return lines(append(text, l.attend(c, l.command()+` run --sig-proxy=false "${options[@]}" `+image+" "+quoted(argv)))...)
}

// attend is bash that waits for podman and passes TERM on. podman's own passing
// on begins a moment after the container's process does, and a TERM in between
// ends podman with 0, without a word to the container.
func (l *podman) attend(c *Container, run string) string {
	return lines(
		"asked=; trap asked=1 TERM",
		run+" </dev/null &",
		"running=$!",
		"tell() { until "+l.command()+" kill --signal=TERM "+bash.Quote(c.Name)+" >/dev/null 2>&1 || ! kill -0 \"$running\" 2>/dev/null; do sleep 0.1; done; }",
		"trap tell TERM",
		"[ -z \"$asked\" ] || tell",
		"while :; do",
		"\twait \"$running\"; code=$?",
		"\tkill -0 \"$running\" 2>/dev/null || break",
		"done",
		"wait \"$running\" 2>/dev/null; own=$? # its own code, if a signal came first",
		"[ \"$own\" = 127 ] || code=$own",
		"exit \"$code\"",
	)
}

// Cleanup asks podman whether the kernel killed for memory, and removes the
// container.
func (l *podman) Cleanup(c *Container) string {
	program := l.Program
	if program == "" {
		program = "podman"
	}
	name := bash.Quote(c.Name)
	return lines("podman="+bash.Quote(program),
		`[ "$(`+l.command()+` inspect --format '{{.State.OOMKilled}}' `+name+` 2>/dev/null)" != true ] || : >"$RADDEPLOY_OOM"`,
		l.command()+" rm --force --time=0 --volumes "+name+" >/dev/null 2>&1 || :")
}
