package picture

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// confine limits this process and has it begin again, so that all of its threads are
// limited. It returns only if that is not possible.
func confine() error {
	runtime.LockOSThread()
	for resource, most := range map[int]uint64{
		unix.RLIMIT_DATA: childMemory, unix.RLIMIT_CPU: childSeconds, unix.RLIMIT_FSIZE: 0, unix.RLIMIT_CORE: 0,
	} {
		if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: most, Max: most}); err != nil {
			return fmt.Errorf("limit the process: %w", err)
		}
	}
	if err := onlyRead(); err != nil {
		return fmt.Errorf("keep the process from writing files: %w", err)
	}
	return syscall.Exec("/proc/self/exe", []string{os.Args[0], ChildCommand, confined}, []string{"GOMEMLIMIT=400MiB", "GOMAXPROCS=1", "GOTRACEBACK=none"})
}

// writing is what changes files and folders, as far as a version of Landlock knows it.
var writing = []uint64{
	1: unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE | unix.LANDLOCK_ACCESS_FS_MAKE_CHAR |
		unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_SOCK | unix.LANDLOCK_ACCESS_FS_MAKE_FIFO |
		unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK | unix.LANDLOCK_ACCESS_FS_MAKE_SYM,
	2: unix.LANDLOCK_ACCESS_FS_REFER,
	3: unix.LANDLOCK_ACCESS_FS_TRUNCATE,
}

// onlyRead has the kernel refuse this thread, and what it becomes, each change of a
// file or folder. A kernel without Landlock (before 5.13, or one that has it switched
// off), and a service manager that filters its calls, leave that to the limit of a
// file's size.
func onlyRead() error {
	version, _, errno := syscall.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	switch {
	case slices.Contains([]syscall.Errno{syscall.ENOSYS, syscall.EOPNOTSUPP, syscall.EPERM}, errno):
		return nil
	case errno != 0:
		return errno
	}
	var handled uint64
	for _, rights := range writing[:min(len(writing), int(version)+1)] {
		handled |= rights
	}
	rules, _, errno := syscall.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&handled)), unsafe.Sizeof(handled), 0)
	if errno != 0 {
		return errno
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if _, _, errno := syscall.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, rules, 0, 0); errno != 0 {
		return errno
	}
	return nil
}
