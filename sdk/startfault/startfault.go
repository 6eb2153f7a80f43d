// Package startfault tells, from what a container runtime said, whether the task
// itself is why its process could not be started: then no other try, on no other
// executor, goes better. What it does not know counts as the runtime's own.
//
// The messages are those of runc, crun, docker and containerd; runtimes give no
// codes for them.
package startfault

import (
	"regexp"

	"github.com/raddeploy/raddeploy/sdk"
)

type fault struct {
	said   *regexp.Regexp
	advice string
}

var faults = []fault{
	{
		regexp.MustCompile(`(?i)exec:? "[^"]*": (?:stat [^:]*: )?(?:executable file not found|no such file or directory|permission denied|is a directory|not a directory)` +
			`|executable file .* not found in \$PATH` +
			`|exec [^ ]*: exec format error|exec user process caused:? "?exec format error` +
			`|exec user process caused:? "?no such file or directory`),
		"check the model's command and entrypoint: its image has no such program, or one for another machine",
	},
	{
		regexp.MustCompile(`(?i)no command specified|no args specified|no command was specified`),
		"give the model a command: its image has none",
	},
	{
		regexp.MustCompile(`(?i)unable to find (?:user|group) |no matching entries in (?:passwd|group) file|no users found|no groups found|uids and gids must be in range|[ug]id out of range|user .* not found in the image`),
		"check the model's user: its image has none of that name; a number always works",
	},
	{
		regexp.MustCompile(`(?i)chdir to cwd|mkdir [^ ]*: not a directory|/merged/[^ ]*: not a directory|cannot mkdir in .*: not a directory|working directory .* (?:is invalid|is not a directory)`),
		"check the model's working_dir and the container paths of its mounts: the image has a file where a folder is needed",
	},
	{
		regexp.MustCompile(`(?i)are you trying to mount a directory onto a file`),
		"check the container paths of the model's mounts: the image has a file there",
	},
	{
		regexp.MustCompile(`(?i)invalid reference format|invalid reference|could not parse reference|repository name must be lowercase|invalid image name`),
		"check the model's image: it is not a valid reference",
	},
	{
		regexp.MustCompile(`(?i)cpuset\.cpus: (?:numerical result out of range|invalid argument)|requested cpus are not available`),
		"check the model's cpuset_cpus: the host has no such CPU",
	},
}

// OfTask returns what to do about a start that failed because of the task itself,
// by what the runtime said. False: it is not known to be the task's fault.
func OfTask(said string) (advice string, ok bool) {
	for _, f := range faults {
		if f.said.MatchString(said) {
			return f.advice, true
		}
	}
	return "", false
}

// Judge adds to an exit whose message is what the runtime said what to do about it,
// and that no other try goes better, where [OfTask] knows that.
func Judge(exit *sdk.Exit, said string) {
	if advice, ok := OfTask(said); ok {
		exit.Permanent, exit.Message = true, exit.Message+": "+advice
	}
}
