package web

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/problem"
)

// longestSocket is how many bytes the path of a unix socket may have: sun_path
// of unix(7), less the zero at its end.
const longestSocket = 107

// ErrSocketPath means that a socket's path is too long for the kernel.
var ErrSocketPath = errors.New("the path is too long for a unix socket")

// ListenSocket opens the unix socket for the command line. The agent's own user
// may use it, and a group if it is shared. A socket that an agent left which was
// killed is replaced; one that an agent answers on is not.
func ListenSocket(path string, shared config.Socket) (net.Listener, error) {
	fails := func(cause error, advice string) error {
		return &problem.Error{Op: "answer on the socket", Object: path, Cause: cause, Advice: advice}
	}
	if len(path) > longestSocket {
		return nil, fails(fmt.Errorf("%w: %d bytes, and %d are possible", ErrSocketPath, len(path), longestSocket), "choose a shorter one with http { socket }")
	}
	if err := removeStale(path); err != nil {
		return nil, fails(err, "choose another path with http { socket }, or end what holds it")
	}
	listener, err := listenPrivately(path)
	if err != nil {
		return nil, fails(err, "the folder has to be there and writable: "+filepath.Dir(path))
	}
	if err := setMode(path, shared); err != nil {
		return nil, errors.Join(fails(err, "see http { socket_group }"), listener.Close())
	}
	return listener, nil
}

// listenPrivately opens a socket to which nobody but this user can connect,
// whatever the process's umask is, until its mode is set. Where the kernel takes no
// mode for a socket without a path, as others than Linux do, the umask counts.
func listenPrivately(path string) (net.Listener, error) {
	private := func(_, _ string, socket syscall.RawConn) error {
		return socket.Control(func(fd uintptr) { _ = syscall.Fchmod(int(fd), 0o600) })
	}
	return (&net.ListenConfig{Control: private}).Listen(context.Background(), "unix", path)
}

// removeStale removes a socket on which nobody answers.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return errors.New("there is something else than a socket")
	}
	conn, err := net.Dial("unix", path)
	switch {
	case err == nil:
		return errors.Join(errors.New("another process answers there"), conn.Close())
	case errors.Is(err, syscall.ECONNREFUSED):
		return os.Remove(path)
	}
	return err
}

func setMode(path string, shared config.Socket) error {
	if !shared.Shared {
		return os.Chmod(path, 0o600)
	}
	if shared.Group != "" {
		group, err := user.LookupGroup(shared.Group)
		if err != nil {
			return err
		}
		id, err := strconv.Atoi(group.Gid)
		if err != nil {
			return err
		}
		if err := os.Chown(path, -1, id); err != nil {
			return err
		}
	}
	return os.Chmod(path, 0o660)
}
