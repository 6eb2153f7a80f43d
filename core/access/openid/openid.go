// Package openid logs people in at an OpenID provider: the authorization code flow
// with PKCE (OpenID Connect Core §3.1, RFC 7636).
//
// A site's configuration comes in. Out goes where a browser is sent and, when it
// comes back, who it is and with which role. The package must not know of requests'
// rights or sessions.
package openid

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
)

// Back is the path to which a provider sends browsers back, below the agent's URL.
const Back = "/login/provider/back"

// timeout is how long a provider has for one answer.
const timeout = 10 * time.Second

// exchangesAtOnce is how many codes are exchanged at once: anybody can come back with
// one, and the provider is asked about each.
const exchangesAtOnce = 16

// Provider is a site's OpenID provider. It may be away when the agent starts.
type Provider struct {
	site   config.OIDC
	client *http.Client

	exchanges chan struct{} // holds one for each code that is being exchanged
	discovery discovery
}

// New returns a provider.
func New(site config.OIDC) (*Provider, error) {
	secured, err := access.ClientTLS(&config.ClientTLS{CAFile: site.CAFile})
	if err != nil {
		return nil, fmt.Errorf("http.oidc: %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = secured
	transport.MaxConnsPerHost = exchangesAtOnce + 2 // and one for what it says of itself, one for its keys
	p := &Provider{site: site, client: &http.Client{Transport: transport, Timeout: timeout}, exchanges: make(chan struct{}, exchangesAtOnce)}
	p.discovery.read = p.read
	return p, nil
}

// kept is what a browser keeps while it is at the provider.
type kept struct{ State, Nonce, Verifier string }

// Begin returns where a browser is sent, and what has to be kept in it until it
// comes back.
func (p *Provider) Begin(ctx context.Context) (to, text string, err error) {
	config, _, err := p.ask(ctx)
	if err != nil {
		return "", "", err
	}
	k := kept{oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()}
	return config.AuthCodeURL(k.State, oidc.Nonce(k.Nonce), oauth2.S256ChallengeOption(k.Verifier)), k.State + "." + k.Nonce + "." + k.Verifier, nil
}

// Finish says who came back. An actor without a role has none at this site; detail
// says who it is to the provider.
func (p *Provider) Finish(ctx context.Context, r *http.Request, text string) (who run.Actor, detail string, err error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 || subtle.ConstantTimeCompare([]byte(parts[0]), []byte(r.FormValue("state"))) != 1 {
		return who, "", errors.New("the browser comes back from a login that it did not begin")
	}
	k := kept{parts[0], parts[1], parts[2]}
	if said := r.FormValue("error"); said != "" {
		return who, "", fmt.Errorf("the provider answers %.64q", said)
	}
	config, provider, err := p.ask(ctx)
	if err != nil {
		return who, "", err
	}
	select {
	case p.exchanges <- struct{}{}:
		defer func() { <-p.exchanges }()
	case <-ctx.Done():
		return who, "", ctx.Err()
	}
	ctx = oidc.ClientContext(ctx, p.client)
	tokens, err := config.Exchange(ctx, r.FormValue("code"), oauth2.VerifierOption(k.Verifier))
	if err != nil {
		return who, "", fmt.Errorf("exchange the code: %w", err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: p.site.ClientID}).Verify(ctx, raw)
	if err != nil {
		return who, "", fmt.Errorf("ID token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(k.Nonce)) != 1 {
		return who, "", errors.New("the ID token is for another login")
	}
	said, err := p.claims(ctx, provider, tokens, id)
	if err != nil {
		return who, "", err
	}
	return run.Actor{Name: nameOf(said, id.Subject), Role: roleOf(p.site, said[p.site.RoleClaim])}, "subject " + id.Subject, nil
}

// claims are what the provider says of somebody: in the ID token or, if the roles
// are not in it, when it is asked.
func (p *Provider) claims(ctx context.Context, provider *oidc.Provider, tokens *oauth2.Token, id *oidc.IDToken) (map[string]any, error) {
	said := map[string]any{}
	if err := id.Claims(&said); err != nil {
		return nil, fmt.Errorf("ID token: %w", err)
	}
	if said[p.site.RoleClaim] != nil || provider.UserInfoEndpoint() == "" {
		return said, nil
	}
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return nil, fmt.Errorf("user info: %w", err)
	}
	if info.Subject != id.Subject { // OpenID Connect Core §5.3.2
		return nil, errors.New("user info is about somebody else")
	}
	more := map[string]any{}
	if err := info.Claims(&more); err != nil {
		return nil, fmt.Errorf("user info: %w", err)
	}
	for name, value := range more {
		if _, there := said[name]; !there {
			said[name] = value
		}
	}
	return said, nil
}

// longestName is how many characters of a name are taken, as of an order's.
const longestName = 64

// nameOf is what a person is called in the journal.
func nameOf(said map[string]any, subject string) string {
	for _, claim := range []string{"preferred_username", "email", "name"} {
		if name, ok := said[claim].(string); ok && cut(name) != "" {
			return cut(name)
		}
	}
	return cut(subject)
}

func cut(name string) string {
	name = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, strings.ToValidUTF8(name, ""))
	if all := []rune(name); len(all) > longestName {
		return string(all[:longestName])
	}
	return name
}

// roleOf is the highest role that one of somebody's groups has; "": none has one.
func roleOf(site config.OIDC, claim any) run.Role {
	groups := groupsOf(claim)
	has := func(wanted []string) bool {
		for _, one := range wanted {
			if one == "*" || groups[one] {
				return true
			}
		}
		return false
	}
	switch {
	case has(site.Admins):
		return run.Admin
	case has(site.Operators):
		return run.Operator
	case has(site.Viewers):
		return run.Viewer
	}
	return ""
}

// groupsOf reads a claim: a list of texts, or one text.
func groupsOf(claim any) map[string]bool {
	groups := map[string]bool{}
	switch value := claim.(type) {
	case string:
		groups[value] = true
	case []any:
		for _, one := range value {
			if text, ok := one.(string); ok {
				groups[text] = true
			}
		}
	}
	return groups
}
