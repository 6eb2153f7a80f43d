package startfault

import (
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/sdk"
)

// What engines have said, and what the advice is about; "" if it is their own fault.
func TestOfTask(t *testing.T) {
	for said, about := range map[string]string{
		`failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/nosuch": stat /nosuch: no such file or directory: unknown`: "command",
		`OCI runtime create failed: runc create failed: unable to start container process: exec: "nosuch": executable file not found in $PATH: unknown`:                                   "command",
		`runc create failed: unable to start container process: exec: "/etc": permission denied: unknown`:                                                                                 "command",
		`crun: executable file ` + "`nosuch`" + ` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found`:                            "command",
		`exec /usr/bin/model: exec format error`:                                                                                                     "command",
		`no command specified`:                                                                                                                       "command",
		`unable to find user nosuch: no matching entries in passwd file`:                                                                             "user",
		`Unable to find group nosuch: no matching entries in group file`:                                                                             "user",
		`uids and gids must be in range 0-2147483647`:                                                                                                "user",
		`look for user "99999999999" in image x: invalid USER value "99999999999": uid out of range`:                                                 "user",
		`lstat /var/lib/docker/overlay2/15327beeec89/merged/etc/passwd/x: not a directory`:                                                           "working_dir",
		`chdir to cwd ("/root/x") set in config.json failed: permission denied: unknown`:                                                             "working_dir",
		`error mounting "/a" to rootfs at "/etc/passwd": not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)?`: "mounts",
		`invalid reference format: repository name must be lowercase`:                                                                                "image",
		`failed to write "4000": write /sys/fs/cgroup/cpuset.cpus: cpuset.cpus: numerical result out of range`:                                       "cpuset_cpus",

		`network bridge not found`: "",
		`failed to create endpoint x on network bridge: adding interface veth1 to bridge docker0 failed: could not find bridge docker0: route ip+net: no such network interface`: "",
		`failed to create shim task: OCI runtime create failed: unable to retrieve OCI runtime error: exec: "runc": executable`:                                                  "",
		`mount /var/lib/docker/overlay2: no space left on device`:                                                                                                                "",
		`could not select device driver "nvidia" with capabilities: [[gpu]]`:                                                                                                     "",
		`driver failed programming external connectivity: port is already allocated`:                                                                                             "",
		`error creating overlay mount to /var/lib/docker/overlay2/x/merged: too many levels of symbolic links`:                                                                   "",
	} {
		advice, ok := OfTask(said)
		if ok != (about != "") || !strings.Contains(advice, about) {
			t.Errorf("%s:\n  %v %q, want %q", said, ok, advice, about)
		}
	}
}

// What is wrong comes before what the runtime said.
func TestJudge(t *testing.T) {
	for said, begins := range map[string]string{
		`runc create failed: exec: "/nosuch": stat /nosuch: no such file or directory: unknown`: "the image has no such program: check",
		`runc create failed: exec: "/etc": permission denied: unknown`:                          "the program cannot be executed: check",
		`exec /usr/bin/model: exec format error`:                                                "the program of the image is for another machine",
		`unable to find user nosuch: no matching entries in passwd file`:                        "the image has no such user or group: check",
		`network bridge not found`:                                                              "docker said: network",
	} {
		exit := &sdk.Exit{Message: "docker said: " + said}
		Judge(exit, said)
		if !strings.HasPrefix(exit.Message, begins) || !strings.Contains(exit.Message, said) || exit.Permanent == strings.HasPrefix(begins, "docker") {
			t.Errorf("%+v; want that it begins with %q", exit, begins)
		}
	}
}
