package web

import (
	"context"
	"net"
	"os"
	"os/user"
	"strconv"

	"github.com/raddeploy/raddeploy/core/run"
)

// ConnContext has the kernel say whose process is at the other end of a unix
// socket, and a [Crowd] which connection is one too many, for
// [http.Server.ConnContext].
func ConnContext(ctx context.Context, conn net.Conn) context.Context {
	socket, ok := conn.(*net.UnixConn)
	if !ok {
		return withCrowd(ctx, conn)
	}
	return With(ctx, peerOf(socket))
}

// peerOf is who has the other end of a unix socket. Whom the socket's mode lets
// in is an operator; the agent's own user, and root, may do everything.
func peerOf(socket *net.UnixConn) run.Actor {
	id, err := userOf(socket)
	if err != nil { // nobody
		return run.Actor{Known: run.BySocket}
	}
	who := run.Actor{Name: nameOf(id), Known: run.BySocket, Role: run.Operator}
	if id == 0 || int(id) == os.Geteuid() {
		who.Role = run.Admin
	}
	return who
}

// nameOf is a user's name, or number if it has none here.
func nameOf(id uint32) string {
	number := strconv.FormatUint(uint64(id), 10)
	if known, err := user.LookupId(number); err == nil {
		return known.Username
	}
	return "uid " + number
}
