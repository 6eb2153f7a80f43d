//go:build unix

package dimse

import "syscall"

// reuseAddress lets a fixed local port be used again while an earlier
// connection from it is in TIME_WAIT.
func reuseAddress(_, _ string, raw syscall.RawConn) error {
	var err error
	if controlErr := raw.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	}); controlErr != nil {
		return controlErr
	}
	return err
}
