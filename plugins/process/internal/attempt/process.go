package attempt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Process identifies a process for ever. A number alone does not, since the
// kernel gives it to another process later; number, start and boot together do.
type Process struct {
	PID   int
	Start uint64 // clock ticks from boot to the start of the process
	Boot  string // the kernel's name for this boot
}

// Self identifies the calling process as those see it who look through the
// /proc of now: a process that is the first of its own pid namespace, where it
// is number 1, gets the number it has outside.
func Self() (Process, error) { return look("self") }

// Wait waits for the end of the process and returns nil; or until ctx ends, and
// returns its error. What the process was the first of, a pid namespace, has
// ended with it.
func (p Process) Wait(ctx context.Context) error {
	fd, err := unix.PidfdOpen(p.PID, unix.PIDFD_NONBLOCK)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open process %d: %w", p.PID, err)
	}
	// The runtime's poller waits for the descriptor, so that a wait costs no
	// thread and no wake-ups.
	file := os.NewFile(uintptr(fd), "pidfd")
	defer file.Close()
	// Compared only now: from here on the descriptor holds on to the process,
	// whichever it is.
	if now, err := look(strconv.Itoa(p.PID)); err != nil || now != p {
		return nil
	}
	if ended(fd) {
		return nil
	}
	defer context.AfterFunc(ctx, func() { file.SetReadDeadline(time.Unix(1, 0)) })()
	conn, err := file.SyscallConn()
	if err != nil {
		return err
	}
	err = conn.Read(func(fd uintptr) bool { return ended(int(fd)) })
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return context.Cause(ctx)
	}
	return err
}

// Alive reports whether the process has not ended.
func (p Process) Alive() bool {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return p.Wait(ctx) != nil
}

// Signal sends a signal to the process; to nobody, and without an error, if it
// has ended.
func (p Process) Signal(signal unix.Signal) error {
	fd, err := unix.PidfdOpen(p.PID, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open process %d: %w", p.PID, err)
	}
	defer unix.Close(fd)
	if now, err := look(strconv.Itoa(p.PID)); err != nil || now != p {
		return nil
	}
	if err := unix.PidfdSendSignal(fd, signal, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("signal process %d: %w", p.PID, err)
	}
	return nil
}

// ended asks without waiting: a pidfd is readable once its process has ended.
func ended(pidfd int) bool {
	poll := []unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}
	n, _ := unix.Poll(poll, 0)
	return n == 1
}

// look reads the identity of a process: "self" or a number.
func look(pid string) (Process, error) {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return Process{}, err
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return Process{}, err
	}
	// proc(5): the second field is the name in parentheses, and may hold spaces
	// and parentheses; the 22nd is the start.
	number, _, _ := bytes.Cut(stat, []byte(" "))
	rest := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(rest) < 20 {
		return Process{}, fmt.Errorf("/proc/%s/stat: too few fields", pid)
	}
	p := Process{Boot: string(bytes.TrimSpace(boot))}
	var errPID, errStart error
	p.PID, errPID = strconv.Atoi(string(number))
	p.Start, errStart = strconv.ParseUint(string(rest[19]), 10, 64)
	return p, errors.Join(errPID, errStart)
}
