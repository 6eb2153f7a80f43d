//go:build !linux

package isolate

import (
	"errors"
	"os/exec"
)

// Command is for Linux.
func Command(*exec.Cmd) error { return errors.New("a process can be isolated on Linux only") }
