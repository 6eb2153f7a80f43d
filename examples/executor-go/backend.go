package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"golang.org/x/sys/unix"
)

// backend is a stand-in for the system that you write this plugin for: REPLACE
// THIS FILE, and backend.sh, by calls of your system's API or commands. What
// the executor needs of a backend is what these methods promise: that it can be
// asked for an attempt by its id, that work goes on without this process, and
// that of two starts of one attempt one counts.
//
// Here an attempt is a folder, and a shell script that outlives the plugin and
// runs one task. The script holds a lock for as long as it lives, which the
// kernel lets go of however it ends, and reads requests from a pipe.
type backend struct {
	dir   string
	shell string
}

//go:embed backend.sh
var script []byte

func (b backend) path(attempt sdk.AttemptID, name ...string) string {
	return filepath.Join(append([]string{b.dir, filepath.Base(string(attempt))}, name...)...)
}

// start begins an attempt, unless it has begun.
func (b backend) start(attempt sdk.AttemptID, j job) error {
	if err := os.MkdirAll(b.path(attempt), 0o700); err != nil {
		return err
	}
	if err := unix.Mkfifo(b.path(attempt, "requests"), 0o600); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	var files []*os.File
	for _, name := range []string{"stdout", "stderr", "lock", "requests"} {
		file, err := os.OpenFile(b.path(attempt, name), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		defer file.Close() // the script has them, too, and so keeps the lock
		files = append(files, file)
	}
	err := unix.FcntlFlock(files[2].Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK})
	if errors.Is(err, unix.EAGAIN) {
		return nil // it runs, or another plugin starts it at this moment
	} else if err != nil {
		return err
	}
	if _, err := os.Stat(b.path(attempt, "began")); err == nil {
		return nil // it has ended
	}
	if err := os.WriteFile(b.path(attempt, "backend.sh"), script, 0o600); err != nil {
		return err
	}
	command := exec.Command(b.shell, j.args()...)
	command.Dir = b.path(attempt)
	command.Stdout, command.Stderr, command.ExtraFiles = files[0], files[1], files[2:]
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // a signal to the plugin is not for it
	if err := command.Start(); err != nil {
		return err
	}
	go command.Wait() // so that no zombie stays while the plugin lives; how it ended stands in the folder
	return nil
}

// args are the arguments of the shell. As arguments, values need no quoting,
// whatever is in them.
func (j job) args() []string {
	flags := unshareFlags()
	if j.noNet {
		flags += " --net"
	}
	seconds := strconv.FormatFloat(j.timeout.Seconds(), 'f', 3, 64)
	args := []string{"backend.sh", "supervise", seconds, strconv.Itoa(j.nice), flags}
	for _, m := range j.mounts {
		args = append(args, m.Role.String(), m.Source, m.Target)
	}
	args = append(args, "--", j.dir, "/usr/bin/env", "-i")
	return append(append(args, j.env...), j.command...)
}

// unshareFlags are for a mount namespace of one's own, which a user who is not
// root may make only in a user namespace.
func unshareFlags() string {
	if os.Geteuid() == 0 {
		return "--mount"
	}
	return "--user --map-root-user --mount"
}

// status is what the backend knows of an attempt.
type status struct {
	state sdk.State // the furthest it got; 0 if it ended without getting anywhere
	exit  *sdk.Exit // nil: it has not ended
}

// status returns an error that is fs.ErrNotExist for an attempt that was never
// begun, or is removed.
func (b backend) status(attempt sdk.AttemptID) (s status, err error) {
	if err := b.reach(); err != nil {
		return s, err
	}
	alive, err := b.alive(attempt) // before the files are read: once it is false nothing changes any more
	if err != nil {
		return s, err
	}
	if alive {
		s.state = sdk.Starting
	} else if _, err := os.Stat(b.path(attempt, "began")); err != nil {
		return s, err
	} else {
		s.exit = &sdk.Exit{Reason: sdk.Vanished, Message: "what ran it is gone without a word: the host was restarted, or somebody killed it"}
	}
	if mark, err := os.Stat(b.path(attempt, "started")); err == nil && mark.Size() > 0 {
		s.state = sdk.Running
		if s.exit != nil {
			s.exit.Started = mark.ModTime()
		}
	}
	if s.exit != nil {
		err = b.readExit(attempt, s.exit)
	}
	return s, err
}

var reasons = map[string]sdk.Reason{"exited": sdk.Exited, "stopped": sdk.Stopped, "timed-out": sdk.TimedOut, "failed": sdk.StartFailed}

// readExit fills in how an attempt ended, if that is known.
func (b backend) readExit(attempt sdk.AttemptID, exit *sdk.Exit) error {
	exit.Node, _ = os.Hostname()
	record, err := os.ReadFile(b.path(attempt, "exit"))
	if err != nil {
		return ignoreMissing(err)
	}
	var reason string
	if _, err := fmt.Sscan(string(record), &reason, &exit.Code); err != nil {
		return fmt.Errorf("read the exit record: %w", err)
	}
	exit.Reason, exit.Message = reasons[reason], ""
	if exit.Reason == sdk.StartFailed {
		problem, _ := os.ReadFile(b.path(attempt, "problem"))
		exit.Message = strings.TrimSpace(string(problem))
	}
	if exit.Code > 128 && exit.Code <= 128+64 { // as shells say it
		exit.Signal = exit.Code - 128
	}
	if mark, err := os.Stat(b.path(attempt, "exit")); err == nil {
		exit.Finished = mark.ModTime()
	}
	return nil
}

// alive reports whether somebody holds the attempt's lock. It only looks, and
// so is in nobody's way.
func (b backend) alive(attempt sdk.AttemptID) (bool, error) {
	file, err := os.OpenFile(b.path(attempt, "lock"), os.O_RDWR, 0)
	if err != nil {
		return false, err
	}
	defer file.Close()
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	err = unix.FcntlFlock(file.Fd(), unix.F_OFD_GETLK, &lock)
	return lock.Type != unix.F_UNLCK, err
}

// request asks the script of an attempt to end its task for a reason.
func (b backend) request(attempt sdk.AttemptID, reason string, grace time.Duration) error {
	pipe, err := os.OpenFile(b.path(attempt, "requests"), os.O_WRONLY|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.ENXIO) {
		return nil // nobody reads it any more: it has just ended
	} else if err != nil {
		return err
	}
	_, err = fmt.Fprintf(pipe, "%s %.3f\n", reason, grace.Seconds())
	return errors.Join(err, pipe.Close())
}

func (b backend) remove(attempt sdk.AttemptID) error {
	// What the task made unreadable for its owner is ours all the same.
	_ = filepath.WalkDir(b.path(attempt), func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return nil
	})
	return os.RemoveAll(b.path(attempt))
}

func (b backend) list() (attempts []sdk.AttemptID, err error) {
	if err := b.reach(); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(b.dir)
	for _, entry := range entries {
		attempts = append(attempts, sdk.AttemptID(entry.Name()))
	}
	return attempts, ignoreMissing(err)
}

// reach says why the backend cannot be asked now. The folders could be read
// without the shell; a real system could not.
func (b backend) reach() error {
	if _, err := exec.LookPath(b.shell); err != nil {
		return fmt.Errorf("the stand-in cannot be reached: %v; correct shell in the executor's config", err) // no %w: the attempt is not what is missing
	}
	return nil
}

// probe says why tasks cannot be run here, by trying what they need.
func (b backend) probe(ctx context.Context) error {
	if err := b.reach(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	output, err := exec.CommandContext(ctx, b.shell, "-c", "unshare $0 mount --rbind /proc /proc", unshareFlags()).CombinedOutput()
	if err != nil {
		return fmt.Errorf("tasks cannot be run here: %w: %s; run the agent as root, or allow user namespaces to its user", err, output)
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
