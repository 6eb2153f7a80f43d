package web

import (
	"net"
	"syscall"
)

// userOf is the user of the process that connected (SO_PEERCRED, unix(7)).
func userOf(socket *net.UnixConn) (id uint32, err error) {
	raw, err := socket.SyscallConn()
	if err != nil {
		return 0, err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		var credentials *syscall.Ucred
		if credentials, failed = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED); failed == nil {
			id = credentials.Uid
		}
	})
	if err != nil {
		return 0, err
	}
	return id, failed
}
