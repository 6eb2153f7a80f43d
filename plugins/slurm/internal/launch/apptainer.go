package launch

import (
	"path"
	"strings"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/bash"
	"github.com/raddeploy/raddeploy/sdk"
)

// apptainer runs a SIF, which one node converts for all into the cache, by the
// image's digest.
type apptainer struct {
	Config
	registry
}

func (l *apptainer) Complaints(t *sdk.Task) sdk.Diagnostics {
	return complaints(t, l.Launcher, cannot{memory: true, user: true, separators: true})
}

// sif is the image's path on the nodes.
func (l *apptainer) sif(c *Container) string {
	return converted(l.NodeCache, c, ".sif")
}

// converted is where a launcher's own form of an image lies.
func converted(cache string, c *Container, suffix string) string {
	if c.local() {
		return c.Image
	}
	return path.Join(cache, strings.ReplaceAll(c.Fetched.Digest, ":", "-")+suffix)
}

func (l *apptainer) Prepare(c *Container) string {
	sif := l.sif(c)
	if c.local() {
		return lines(failing, present(sif), c.copies())
	}
	pull := `"$apptainer" pull --force`
	if l.isInsecure(c) {
		pull += " --no-https"
	}
	logins := ""
	if l.NodeLogins != "" { // apptainer reads them below its own folder of settings only
		logins = lines(`export APPTAINER_CONFIGDIR="$RADDEPLOY_SCRATCH/apptainer-settings"`,
			`mkdir -p "$APPTAINER_CONFIGDIR" && ln -s `+bash.Quote(l.NodeLogins)+` "$APPTAINER_CONFIGDIR/docker-config.json"`)
	}
	return lines(failing, "apptainer="+l.program("apptainer"), logins,
		once(sif, pull+` "$made" `+bash.Quote("docker://"+c.Fetched.repository+"@"+c.Fetched.Digest)),
		c.copies())
}

// present is bash that fails if the node does not see an image's file or folder.
func present(image string) string {
	return "[ -e " + bash.Quote(image) + " ] || fail \"node $(hostname) does not see the image \"" + bash.Quote(image)
}

// once is bash that makes a file in the cache by a command that writes to
// "$made", under a lock that holds for all nodes.
func once(file, command string) string {
	return lines(
		"image="+bash.Quote(file),
		"if [ ! -e \"$image\" ]; then",
		"\tmkdir -p \"${image%/*}\" && exec 9>\"$image.lock\" && flock 9 || fail \"node $(hostname): the cache ${image%/*} cannot be written\"",
		"\tif [ ! -e \"$image\" ]; then",
		"\t\tmade=${image%/*}/tmp-${SLURM_JOB_ID:-0}-${image##*/} # of this job alone, should the file system keep locks on each node only",
		"\t\trm -f \"$made\"",
		"\t\ttrap 'exit 143' TERM; trap 'rm -f \"$made\"' EXIT",
		"\t\tsaid=$("+command+" 2>&1 9>&- </dev/null) && mv \"$made\" \"$image\" || {",
		"\t\t\trm -f \"$made\"",
		"\t\t\tfail \"node $(hostname): the image could not be converted: ${said##*$'\\n'}\"",
		"\t\t}",
		"\tfi",
		"\texec 9>&-",
		"fi",
	)
}

func (l *apptainer) Run(c *Container) string {
	text := []string{
		failing, "apptainer=" + l.program("apptainer"),
		"options=(--contain --cleanenv --no-eval --no-home --ipc --writable-tmpfs --workdir=\"$RADDEPLOY_SCRATCH/apptainer\" --pwd=" + bash.Quote(c.workingDir()) + ")",
		`mkdir -p "$RADDEPLOY_SCRATCH/apptainer"`,
	}
	if c.NetworkDisabled {
		text = append(text, "options+=(--net --network=none)")
	}
	if c.GPUs > 0 {
		text = append(text, "options+=(--nv)", `[ -z "${CUDA_VISIBLE_DEVICES+x}" ] || export APPTAINERENV_CUDA_VISIBLE_DEVICES="$CUDA_VISIBLE_DEVICES"`)
	}
	for _, b := range c.binds() {
		how := "rw"
		if b.readOnly {
			how = "ro"
		}
		text = append(text, "options+=(--bind="+b.source+":"+bash.Quote(b.target)+":"+how+")")
	}
	var env []string // any name: bash itself would not take each
	for _, v := range c.Env {
		env = append(env, "APPTAINERENV_"+v.Name+"="+v.Value)
	}
	verb, argv := "exec", c.argv()
	if c.local() && c.Entrypoint == nil {
		verb, argv = "run", c.Command // only the SIF knows its entrypoint
	}
	text = append(text, needsCommand(argv, verb == "run"), `exec env -- `+quoted(env)+` "$apptainer" `+verb+` "${options[@]}" `+quoted(l.Args)+" "+bash.Quote(l.sif(c))+" "+quoted(argv)+" </dev/null")
	return lines(text...)
}

func (l *apptainer) Cleanup(*Container) string { return ":" }
