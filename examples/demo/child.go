package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// child is a program that the demo has started and will end. What it says goes
// into a file.
type child struct {
	cmd   *exec.Cmd
	name  string
	log   string
	ended chan struct{} // closed when the program has ended
}

// start starts a program of its own process group: a Ctrl-C in the terminal
// reaches the demo alone, which ends things in order.
func start(name, log string, env []string, program string, args ...string) (*child, error) {
	file, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = file, file
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	c := &child{cmd: cmd, name: name, log: log, ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		_ = cmd.Wait() // how it ended stands in cmd.ProcessState
	}()
	return c, nil
}

// says waits until the program has said something, and returns the parts of it
// that the pattern's groups found.
func (c *child) says(ctx context.Context, pattern *regexp.Regexp) ([]string, error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	for {
		over := c.over()
		text, err := os.ReadFile(c.log)
		if err != nil {
			return nil, err
		}
		if found := pattern.FindStringSubmatch(string(text)); found != nil {
			return found[1:], nil
		}
		if over {
			return nil, fmt.Errorf("%s ended by itself (%s): %s", c.name, c.cmd.ProcessState, lastLine(text))
		}
		if err := pause(ctx); err != nil {
			return nil, fmt.Errorf("%s is not ready after %s", c.name, patience)
		}
	}
}

func lastLine(text []byte) string {
	text = bytes.TrimSpace(text)
	return string(text[bytes.LastIndexByte(text, '\n')+1:])
}

func (c *child) over() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// stop asks the program to end, and kills its group if it does not.
func (c *child) stop() error {
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-c.ended:
		return nil
	case <-time.After(patience):
	}
	_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL)
	<-c.ended
	return fmt.Errorf("%s did not end within %s and was killed", c.name, patience)
}

// patience is how long anything that takes a moment is waited for.
const patience = 20 * time.Second

// pause waits a moment, and says why it is the last one if ctx has ended.
func pause(ctx context.Context) error {
	select {
	case <-time.After(20 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// raddeploy runs a command to its end and returns what it said.
func (d *demo) raddeploy(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, d.program(), args...).CombinedOutput()
	said := strings.TrimSpace(string(out))
	if err != nil && ctx.Err() == nil {
		return "", fmt.Errorf("raddeploy %s: %w: %s", strings.Join(args[:2], " "), err, said)
	}
	return said, errors.Join(ctx.Err())
}

// killBelow ends what works on a folder: tasks of the process executor, which
// outlive their agent by design.
func killBelow(dir string) {
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline") // none where there is no /proc
	for _, line := range lines {
		text, err := os.ReadFile(line)
		if err != nil || !strings.Contains(string(text), dir) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(line))); err == nil && pid != os.Getpid() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
