// Package startfault tells, from what a container runtime said, whether the task
// itself is why its process could not be started: then no other try, on no other
// executor, goes better. What it does not know counts as the runtime's own.
//
// The messages are those of runc, crun, docker and containerd; runtimes give no
// codes for them.
package startfault

import (
	"regexp"
	"slices"

	"github.com/raddeploy/raddeploy/sdk"
)

// fault is something that is wrong with a task, and what to do about it.
type fault struct {
	said           *regexp.Regexp
	reason, advice string
}

// program is how runtimes, and what they run programs by, begin what the kernel said
// of a program: runc, crun, docker's init (tini), Charliecloud.
const program = `(?:\bexec:? "[^"]*": (?:stat [^:]*: )?|\bexec [^:"]+: |exec user process caused:? "?|open executable: |` +
	"exec container process (?:[^`]*)`[^`]*`: |" + `\bexec [^:]+ failed: |can't execve\(2\): [^:]*: )`

// notTheTasks are programs of the runtime's own that the kernel refused, in the same
// words: the runtime itself, its shim, a hook such as that for GPUs.
var notTheTasks = regexp.MustCompile(`(?i)fork/exec |unable to retrieve OCI runtime error|(?:running|executing) (?:\w+ )?hook|failed to start shim|exec:? "[^"]*containerd-shim|error while loading shared libraries`)

var faults = []fault{
	{
		regexp.MustCompile(`(?i)` + program + `exec format error`),
		"the program of the image is for another machine, or is a script without #! in its first line",
		"take an image of this host's architecture, or check the model's command and entrypoint",
	},
	{
		regexp.MustCompile(`(?i)` + program + `(?:permission denied|is a directory)`),
		"the program cannot be executed",
		"check the model's command and entrypoint: what they name is a folder, or is not executable for its user",
	},
	{
		regexp.MustCompile(`(?i)` + program + `(?:executable file not found|no such file or directory|not a directory)|executable file .* not found in \$PATH`),
		"the image has no such program",
		"check the model's command and entrypoint, and what a script names in its first line",
	},
	{
		regexp.MustCompile(`(?i)no command specified|no args specified|no command was specified`),
		"there is nothing to run",
		"give the model a command: its image has none",
	},
	{
		regexp.MustCompile(`(?i)unable to find (?:user|group) |no matching entries in (?:passwd|group) file|no users found|no groups found|uids and gids must be in range|[ug]id out of range|user .* not found in the image`),
		"the image has no such user or group",
		"check the model's user: its image has none of that name; a number always works",
	},
	{
		regexp.MustCompile("(?i)chdir (?:to )?`[^`]*`|" + `chdir to cwd|mkdir [^ ]*: not a directory|/merged/[^ ]*: not a directory|cannot mkdir in .*: not a directory|working directory .* (?:is invalid|is not a directory)`),
		"a folder of the container cannot be made or entered",
		"check the model's working_dir and the container paths of its mounts: the image has a file where a folder is needed",
	},
	{
		regexp.MustCompile(`(?i)are you trying to mount a directory onto a file`),
		"a folder cannot be mounted onto a file",
		"check the container paths of the model's mounts: the image has a file there",
	},
	{
		regexp.MustCompile(`(?i)invalid reference format|invalid reference|could not parse reference|repository name must be lowercase|invalid image name`),
		"the image's name is wrong",
		"check the model's image: it is not a valid reference",
	},
	{
		regexp.MustCompile(`(?i)cpuset\.cpus: (?:numerical result out of range|invalid argument)|requested cpus are not available`),
		"the CPUs are not there",
		"check the model's cpuset_cpus: the host has no such CPU",
	},
}

// OfTask returns what to do about a start that failed because of the task itself,
// by what the runtime said. False: it is not known to be the task's fault.
func OfTask(said string) (advice string, ok bool) {
	f, ok := of(said)
	return f.advice, ok
}

func of(said string) (fault, bool) {
	if notTheTasks.MatchString(said) {
		return fault{}, false
	}
	i := slices.IndexFunc(faults, func(f fault) bool { return f.said.MatchString(said) })
	if i < 0 {
		return fault{}, false
	}
	return faults[i], true
}

// Judge puts before what an exit's message says, in the runtime's words, what is
// wrong and what to do about it, and says that no other try goes better, where
// [OfTask] knows that.
func Judge(exit *sdk.Exit, said string) {
	if f, ok := of(said); ok {
		exit.Permanent, exit.Message = true, f.reason+": "+f.advice+" ("+exit.Message+")"
	}
}
