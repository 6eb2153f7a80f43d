package dimse

import (
	"io"
	"net"
	"os"
	"syscall"
)

// promptConn is a TCP connection that acknowledges at once what it waits
// behind. dcmtk and its kin keep Nagle's algorithm on and write a message in
// pieces, so a delayed acknowledgement stalls each of their objects for about
// 40 ms. Before each read that must wait, TCP_QUICKACK sends the
// acknowledgement that the kernel holds back; the kernel clears it, hence each
// time anew.
type promptConn struct {
	*net.TCPConn
	raw syscall.RawConn
	try func(fd uintptr) bool // attempt, bound once so that a read allocates nothing
	p   []byte
	n   int
	err error
}

func prompt(conn *net.TCPConn) (net.Conn, error) {
	if err := conn.SetNoDelay(true); err != nil {
		return nil, err
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	c := &promptConn{TCPConn: conn, raw: raw}
	c.try = c.attempt
	return c, nil
}

// Read reads what there is, or waits for the first bytes.
func (c *promptConn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c.p = p
	err := c.raw.Read(c.try)
	c.p = nil
	switch {
	case err != nil:
		return 0, err
	case c.err != nil:
		return 0, os.NewSyscallError("read", c.err)
	case c.n == 0:
		return 0, io.EOF
	}
	return c.n, nil
}

func (c *promptConn) attempt(fd uintptr) bool {
	for {
		c.n, c.err = syscall.Read(int(fd), c.p)
		switch c.err {
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			// Without it the peer is only slower, so a refusal is no reason to
			// fail.
			_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
			return false
		}
		return true
	}
}
