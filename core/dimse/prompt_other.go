//go:build !linux

package dimse

import "net"

// prompt sets what other systems have against the stalls described at the Linux
// version.
func prompt(conn *net.TCPConn) (net.Conn, error) { return conn, conn.SetNoDelay(true) }
