package shim

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// identity says as whom the command runs.
func identity(plan *Plan) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true}
	if plan.Unprivileged {
		// A user namespace within ours: whatever number the command has in it,
		// outside it is still the plugin's user; and the mounts are not its
		// own, so that it cannot make a read-only one writable.
		attr.Cloneflags = unix.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: plan.UID, HostID: 0, Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: plan.GID, HostID: 0, Size: 1}}
		return attr
	}
	attr.Credential = &syscall.Credential{Uid: uint32(plan.UID), Gid: uint32(plan.GID)}
	for _, group := range plan.Groups {
		attr.Credential.Groups = append(attr.Credential.Groups, uint32(group))
	}
	return attr
}

// kept are the capabilities that container engines leave a root user by
// default. Without the others it can neither change its mounts nor load modules
// nor set the clock.
var kept = map[uintptr]bool{
	unix.CAP_CHOWN: true, unix.CAP_DAC_OVERRIDE: true, unix.CAP_FSETID: true, unix.CAP_FOWNER: true,
	unix.CAP_NET_RAW: true, unix.CAP_SETGID: true, unix.CAP_SETUID: true, unix.CAP_SETFCAP: true,
	unix.CAP_SETPCAP: true, unix.CAP_NET_BIND_SERVICE: true, unix.CAP_SYS_CHROOT: true, unix.CAP_KILL: true,
	unix.CAP_AUDIT_WRITE: true,
}

// restrict takes from the calling thread what processes forked from it must not
// have.
func restrict(plan *Plan) error {
	if !plan.Unprivileged {
		for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
			if kept[c] {
				continue
			}
			err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0)
			// EINVAL: a capability that this kernel does not have
			if err != nil && err != unix.EINVAL {
				return fmt.Errorf("drop capability %d: %w", c, err)
			}
		}
	}
	if plan.Limits.CPUSetCPUs == "" {
		return nil
	}
	set, err := ParseCPUs(plan.Limits.CPUSetCPUs)
	if err != nil {
		return err
	}
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("use CPUs %s: %w", plan.Limits.CPUSetCPUs, err)
	}
	return nil
}

// allUsers is how many there are where nothing is mapped: on the host itself.
const allUsers = 1<<32 - 1

// mappedUsers tells how many users the user namespace of this process knows.
func mappedUsers() (users uint64, err error) {
	text, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) { // first inside, first outside, how many
		fields := strings.Fields(line)
		if len(fields) != 3 {
			return 0, fmt.Errorf("/proc/self/uid_map: %q", line)
		}
		count, err := strconv.ParseUint(fields[2], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/self/uid_map: %w", err)
		}
		users += count
	}
	return users, nil
}

// ParseCPUs reads a list of CPUs such as "0-3,8".
func ParseCPUs(list string) (set unix.CPUSet, err error) {
	for part := range strings.SplitSeq(list, ",") {
		low, high, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			high = low
		}
		first, err1 := strconv.ParseUint(low, 10, 10)
		last, err2 := strconv.ParseUint(high, 10, 10)
		if err1 != nil || err2 != nil || first > last {
			return set, fmt.Errorf("%q is not a list of CPUs such as \"0-3,8\"", list)
		}
		for cpu := first; cpu <= last; cpu++ {
			set.Set(int(cpu))
		}
	}
	return set, nil
}
