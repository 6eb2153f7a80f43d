package agent

import (
	"crypto/tls"
	"errors"
	"net"
	"strings"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/access/openid"
	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/problem"
)

// listenHTTP opens the unix socket, and the address on which the agent answers.
func (a *Agent) listenHTTP() (err error) {
	a.socket, err = web.ListenSocket(a.site.Socket(), a.site.HTTP.Socket)
	if errors.Is(err, web.ErrSocketPath) && a.site.HTTP.Socket.Path == "" {
		a.logger.Warn("no socket for the command line", problem.Fields("error", err)...)
	} else if err != nil {
		return err
	}
	address := a.site.HTTP.Listen
	if address == "" {
		return nil
	}
	if a.http, err = net.Listen("tcp", address); err != nil {
		return &problem.Error{Op: "answer HTTP on", Object: address, Cause: err, Advice: "change http { listen }, or end what holds the port"}
	}
	secured, err := access.HTTPS(a.site.HTTP.TLS, a.logger.Named("http"))
	if err != nil {
		return &problem.Error{Op: "answer HTTPS on", Object: address, Cause: err, Advice: "see http { tls }"}
	}
	if secured != nil {
		a.http = tls.NewListener(a.http, secured)
	}
	return nil
}

// guard says who may ask for what.
func (a *Agent) guard() (*web.Guard, error) {
	site := a.site.HTTP
	g := &web.Guard{
		Loopback:      site.Loopback(),
		TokenRequired: func() bool { return a.Site.Site().TokenRequired() },
		Secure:        site.TLS != nil || site.OIDC != nil && strings.HasPrefix(site.OIDC.URL, "https:"),
		Socket:        address(a.socket),
		Store:         a.DB,
		Logger:        a.logger.Named("http"),
	}
	if site.OIDC != nil {
		provider, err := openid.New(*site.OIDC)
		if err != nil {
			return nil, err
		}
		g.Provider = provider
	}
	return g, nil
}

// HTTPAddr is the address on which the agent answers.
func (a *Agent) HTTPAddr() net.Addr { return a.http.Addr() }

// SocketAddr is the unix socket on which the agent answers; "": there is none.
func (a *Agent) SocketAddr() string { return address(a.socket) }
