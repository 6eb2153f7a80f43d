package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/core/problem"
)

// LoopbackAddress is where an agent answers over TCP unless it is told otherwise,
// and SystemSocket the unix socket of one that systemd started.
const (
	LoopbackAddress = "http://127.0.0.1:8080"
	SystemSocket    = "/run/raddeploy/agent.sock"
)

const unixScheme = "unix://"

// DefaultAddress is the address of this host's agent: the unix socket of the one
// that systemd started or, below the working directory, of one of this user's;
// else [LoopbackAddress].
func DefaultAddress() string {
	if answers(SystemSocket) {
		return unixScheme + SystemSocket
	}
	here, err := filepath.Abs(filepath.Join("data", "agent.sock"))
	if err == nil && isOurs(here) && answers(here) {
		return unixScheme + here
	}
	return LoopbackAddress
}

func answers(socket string) bool {
	conn, err := net.DialTimeout("unix", socket, time.Second)
	return err == nil && conn.Close() == nil
}

// isOurs reports whether a file is this user's or root's: what others have put
// there may be anybody's.
func isOurs(path string) bool {
	info, err := os.Lstat(path)
	if err != nil {
		return false
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	return ok && (owner.Uid == 0 || int(owner.Uid) == os.Geteuid())
}

// base returns what requests go to, and through what.
func (c *Client) base() (address string, through *http.Client) {
	socket, isSocket := strings.CutPrefix(c.Address, unixScheme)
	if !isSocket {
		return strings.TrimSuffix(c.Address, "/"), http.DefaultClient
	}
	// A connection that were kept would never be closed.
	return "http://localhost", &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}
}

// authorize puts the client's token on a request. Over a unix socket none is
// needed, and over a network it must not travel in the clear.
func (c *Client) authorize(request *http.Request) error {
	if c.Token == nil || strings.HasPrefix(c.Address, unixScheme) {
		return nil
	}
	token, err := c.Token()
	if err != nil || token == "" {
		return err
	}
	if request.URL.Scheme != "https" && !isLoopback(request.URL) {
		return problem.New(fmt.Sprintf("a token is not sent to %s without TLS", request.URL.Host), "write https:// in the address of the agent")
	}
	request.Header.Set("Authorization", "Bearer "+token)
	return nil
}

func isLoopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// ErrNotAllowed means that the agent does not know who asks, or that they may not
// have what they ask for.
var ErrNotAllowed = errors.New("not allowed")
