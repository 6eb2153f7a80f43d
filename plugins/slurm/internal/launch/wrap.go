package launch

import (
	"strings"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/bash"
)

// inNamespaces is bash that runs a text of bash in a mount namespace of its
// own, where it may mount: as root, or as whoever looks like root in a user
// namespace. There $rootless is 1 or empty, and lo is up in the namespace of a
// disabled network. The text ends in an exec. It is a file and no argument,
// which the kernel holds to 128 KiB and shows to every user.
func inNamespaces(noNetwork bool, text string) string {
	flags := "--mount"
	if noNetwork {
		flags += " --net"
	}
	inner := lines(failing, "rootless=$RADDEPLOY_ROOTLESS; unset RADDEPLOY_ROOTLESS", text)
	if noNetwork {
		inner = lines("ip link set lo up 2>/dev/null || :", inner)
	}
	return lines(
		failing,
		"export RADDEPLOY_SCRATCH RADDEPLOY_MESSAGE RADDEPLOY_ROOTLESS=",
		"namespaces=("+flags+")",
		"[ \"$(id -u)\" = 0 ] || { RADDEPLOY_ROOTLESS=1; namespaces+=(--user --map-root-user); }",
		"unshare \"${namespaces[@]}\" true 2>/dev/null ||",
		"\tfail \"node $(hostname): no namespaces: see whether unshare is installed and user.max_user_namespaces is above 0\"",
		"printf %s "+bash.Quote("set -u\n"+inner)+" >\"$RADDEPLOY_SCRATCH/launch\" || fail \"node $(hostname): $RADDEPLOY_SCRATCH cannot be written: see whether its disk is full\"",
		"exec unshare \"${namespaces[@]}\" bash \"$RADDEPLOY_SCRATCH/launch\" </dev/null",
	)
}

// layRoot is bash that lays the image's root into $root: a writable layer on
// the node's scratch over the shared folder, or, where the kernel or the file
// system gives no overlay, the folder itself, which is then read-only
// ($writable empty).
func layRoot(c *Container) string {
	return lines(
		"root="+bash.Quote(c.Fetched.Root)+"; writable=",
		"mkdir -p \"$RADDEPLOY_SCRATCH\"/{layer,layer.work,root,tmp}; chmod 1777 \"$RADDEPLOY_SCRATCH/tmp\"; chmod 755 \"$RADDEPLOY_SCRATCH/layer\"",
		"mount -t overlay overlay -o \"lowerdir=$root,upperdir=$RADDEPLOY_SCRATCH/layer,workdir=$RADDEPLOY_SCRATCH/layer.work${rootless:+,userxattr}\" \\",
		"\t\"$RADDEPLOY_SCRATCH/root\" 2>/dev/null && root=$RADDEPLOY_SCRATCH/root writable=1",
		linked,
		"[ -z \"$writable\" ] || linked "+bash.Quote(c.workingDir())+" || mkdir -p \"$root\""+bash.Quote(c.workingDir()),
		findProgram(c),
	)
}

// needsCommand is bash that fails if there is nothing to execute, unless the
// image alone knows.
func needsCommand(argv []string, imageKnows bool) string {
	if imageKnows || len(argv) > 0 && argv[0] != "" {
		return ""
	}
	return "fail 'the image has no command, and the flow says none'"
}

// linked defines the function linked, which tells whether a path in $root goes
// over a symbolic link: it leads elsewhere here than in the container.
const linked = `linked() { local at=$root part; local IFS=/; for part in $1; do at+=/$part; [ ! -L "$at" ] || return 0; done; return 1; }`

// findProgram is bash that fails if what is to be executed is not in $root.
func findProgram(c *Container) string {
	argv := c.argv()
	if none := needsCommand(argv, false); none != "" {
		return none
	}
	program := argv[0]
	var candidates []string
	if strings.Contains(program, "/") {
		if !strings.HasPrefix(program, "/") {
			program = c.workingDir() + "/" + program
		}
		for _, b := range c.binds() {
			if strings.HasPrefix(program, b.target) {
				return "" // in a mount, which is not laid yet
			}
		}
		candidates = []string{program}
	} else {
		for _, v := range c.environment() {
			if v.Name == "PATH" {
				for dir := range strings.SplitSeq(v.Value, ":") {
					candidates = append(candidates, strings.TrimSuffix(dir, "/")+"/"+program)
				}
			}
		}
	}
	return lines(
		"found=",
		"for program in "+quoted(candidates)+"; do",
		"\tif linked \"$program\" || [ -x \"$root$program\" ]; then found=1; fi",
		"done",
		"[ -n \"$found\" ] || fail "+bash.Quote("the image has no program "+argv[0]+" that can be executed"),
	)
}

// seesRoot is bash that fails if the node does not see the image.
func seesRoot(c *Container) string {
	return lines(failing,
		"[ -d "+bash.Quote(c.Fetched.Root)+" ] || fail \"node $(hostname) does not see the image in \""+bash.Quote(c.Fetched.Root)+
			"\": its folder must be on a file system that all nodes share\"",
		c.copies())
}
