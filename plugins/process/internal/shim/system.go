package shim

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const quiet = unix.MS_NOSUID | unix.MS_NOEXEC

// proc makes the /proc of our own pid namespace, and shows the host's /sys.
// What in them would change the host is read-only, as container engines have
// it.
func (b *box) proc() error {
	if err := os.Mkdir("/proc", 0o555); err != nil {
		return err
	}
	if err := unix.Mount("proc", "/proc", "proc", quiet|unix.MS_NODEV, ""); err != nil {
		return err
	}
	for _, path := range []string{"/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"} {
		if err := bind(path, path, true); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return bind(host+"/sys", "/sys", true)
}

// dev makes a /dev with what every program may expect, and nothing that leads
// to the host's disks.
func (b *box) dev() error {
	if err := os.MkdirAll("/dev/shm", 0o755); err != nil {
		return err
	}
	devices := []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"}
	if b.plan.GPU {
		gpus, _ := filepath.Glob(host + "/dev/nvidia*")
		for _, gpu := range gpus {
			devices = append(devices, strings.TrimPrefix(gpu, host))
		}
	}
	for _, device := range devices {
		if err := bind(host+device, device, false); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	links := map[string]string{
		"/dev/fd": "/proc/self/fd", "/dev/stdin": "/proc/self/fd/0", "/dev/stdout": "/proc/self/fd/1",
		"/dev/stderr": "/proc/self/fd/2", "/dev/ptmx": "pts/ptmx",
	}
	for from, to := range links {
		if err := os.Symlink(to, from); err != nil {
			return err
		}
	}
	size := ""
	if b.plan.Limits.ShmSize > 0 {
		size = fmt.Sprintf(",size=%d", b.plan.Limits.ShmSize)
	}
	if err := unix.Mount("shm", "/dev/shm", "tmpfs", quiet|unix.MS_NODEV, "mode=1777"+size); err != nil {
		return err
	}
	if err := os.Mkdir("/dev/pts", 0o755); err != nil {
		return err
	}
	return unix.Mount("devpts", "/dev/pts", "devpts", quiet, "newinstance,ptmxmode=0666,mode=0620")
}

// folders makes what programs expect to find and may write to. /tmp is on disk:
// what is written there must not use up memory.
func (b *box) folders() error {
	for _, path := range []string{"/root", "/run", "/var"} {
		if err := os.Mkdir(path, 0o755); err != nil {
			return err
		}
	}
	tmp := filepath.Join(host, b.plan.Scratch, "tmp")
	if err := os.MkdirAll(tmp, 0o755); err != nil {
		return err
	}
	if err := os.Chmod(tmp, 0o777|os.ModeSticky); err != nil {
		return err
	}
	return errors.Join(bind(tmp, "/tmp", false), os.Symlink("/tmp", "/var/tmp"))
}

// loopback gives a namespace without network the one interface that programs
// take for granted.
func (b *box) loopback() error {
	if !b.plan.NoNetwork {
		return nil
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo)
}
