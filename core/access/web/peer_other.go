//go:build !linux

package web

import (
	"errors"
	"net"
)

// userOf is the user of the process that connected, which only Linux is asked for.
func userOf(*net.UnixConn) (uint32, error) { return 0, errors.ErrUnsupported }
