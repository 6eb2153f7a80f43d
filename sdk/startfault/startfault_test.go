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
		`exec /usr/bin/model: exec format error`: "command",
		// programs, not quoted: runc, and what it and others print when the container has begun
		`runc create failed: unable to start container process: exec /rootonly: permission denied: unknown`: "executable",
		`exec /dirshebang: permission denied`:        "executable",
		`exec /model with spaces: permission denied`: "executable",
		`runc create failed: unable to start container process: exec: "/locked/x": stat /locked/x: permission denied: unknown`: "executable",
		`exec: "/etc": is a directory: unknown`:       "executable",
		`exec /badshebang: no such file or directory`: "first line",
		`runc create failed: unable to start container process: exec: "/etc/passwd/x": stat /etc/passwd/x: not a directory`:          "first line",
		`standard_init_linux.go:228: exec user process caused: exec format error`:                                                    "architecture",
		`standard_init_linux.go:211: exec user process caused "permission denied"`:                                                   "executable",
		`[FATAL tini (7)] exec /badshebang failed: No such file or directory`:                                                        "first line",
		`[FATAL tini (8)] exec /etc failed: Permission denied`:                                                                       "executable",
		`ch-run[4431]: error: can't execve(2): /notexec: Permission denied (ch_core.c:410 13)`:                                       "executable",
		`ch-run[4447]: error: can't execve(2): nosuch: No such file or directory (ch_core.c:410 2)`:                                  "first line",
		`ch-run[4450]: error: can't execve(2): /arm: Exec format error (ch_core.c:410 8)`:                                            "architecture",
		`Error: runc: runc create failed: unable to start container process: exec: "/etc": permission denied: OCI permission denied`: "executable",
		"crun: exec container process `/arm`: Exec format error":                                                                     "architecture",
		"crun: exec container process (missing dynamic library?) `/model`: No such file or directory":                                "first line",
		`crun: open executable: Permission denied: OCI permission denied`:                                                            "executable",
		`crun: open executable: No such file or directory`:                                                                           "first line",
		"crun: chdir to `/root/x`: Permission denied":                                                                                "working_dir",
		`no command specified`: "command",
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
		// programs of the host's
		`failed to start shim: start failed: fork/exec /usr/bin/containerd-shim-runc-v2: permission denied`:                                                              "",
		`failed to start shim: exec: "containerd-shim-runc-v2": executable file not found in $PATH`:                                                                      "",
		`runc create failed: error running prestart hook #0: fork/exec /usr/bin/nvidia-container-runtime-hook: no such file or directory`:                                "",
		`runc create failed: error running hook #0: exec: "nvidia-ctk": executable file not found in $PATH`:                                                              "",
		`crun: error while loading shared libraries: libyajl.so.2: cannot open shared object file: No such file or directory: OCI runtime attempted to invoke a command`: "",
		`failed to create shim task: OCI runtime create failed: unable to retrieve OCI runtime error: exec: "runc": executable file not found in $PATH: unknown`:         "",
		`mount /var/lib/docker/overlay2: no space left on device`:                                                                                                        "",
		`could not select device driver "nvidia" with capabilities: [[gpu]]`:                                                                                             "",
		`driver failed programming external connectivity: port is already allocated`:                                                                                     "",
		`error creating overlay mount to /var/lib/docker/overlay2/x/merged: too many levels of symbolic links`:                                                           "",
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
