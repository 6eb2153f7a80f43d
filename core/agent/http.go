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
	listener, err := listenTCP(address)
	if err != nil {
		return &problem.Error{Op: "answer HTTP on", Object: address, Cause: err, Advice: "change http { listen }, or end what holds the port"}
	}
	a.http = &web.Crowd{Listener: listener, Shared: a.site.HTTP.Trusts}
	secured, err := access.HTTPS(a.site.HTTP.TLS, a.logger.Named("http"))
	if err != nil {
		return &problem.Error{Op: "answer HTTPS on", Object: address, Cause: err, Advice: "see http { tls }"}
	}
	if secured != nil {
		a.http = tls.NewListener(a.http, secured)
	}
	return nil
}

// whyToken says why requests over TCP need a token; "": they do not.
func (a *Agent) whyToken() string {
	var found []string
	for _, e := range a.Fleet.Executors() {
		found = append(found, e.Config().Plugin)
	}
	return a.Site.Site().WhyToken(found...)
}

// sayToken logs how the agent is asked where a token is needed though it listens on
// loopback alone.
func (a *Agent) sayToken() {
	why := a.whyToken()
	if why == "" || a.http == nil || !a.site.HTTP.Loopback() {
		return
	}
	a.logger.Info("pages and API over loopback need a token or a login; the command line uses the socket", "why", why,
		"socket", address(a.socket), "token", "raddeploy token create -role viewer", "setting", "http.require_token")
}

// guard says who may ask for what.
func (a *Agent) guard() (*web.Guard, error) {
	site := a.site.HTTP
	g := &web.Guard{
		Loopback:      site.Loopback(),
		TokenRequired: func() bool { return a.whyToken() != "" },
		Proxies:       site.Trusts,
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
		g.Provider, g.LoginLasts = provider, site.OIDC.Lasts
	}
	return g, nil
}

// HTTPAddr is the address on which the agent answers.
func (a *Agent) HTTPAddr() net.Addr { return a.http.Addr() }

// SocketAddr is the unix socket on which the agent answers; "": there is none.
func (a *Agent) SocketAddr() string { return address(a.socket) }
