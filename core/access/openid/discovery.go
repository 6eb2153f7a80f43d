package openid

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"
)

// again is how long it is before a provider that did not answer is asked again.
// Until then who wants to log in is told so at once.
const again = 5 * time.Second

// discovery asks a provider for its own configuration until it has it. However many
// wait for that, it is asked once, and none of them holds what others need.
type discovery struct {
	read func(context.Context) (*oidc.Provider, error)

	calls  singleflight.Group
	mu     sync.Mutex
	found  *oidc.Provider // nil: it has not answered yet
	failed error          // of the last time
	until  time.Time      // the failure is good enough
}

// provider returns the provider, or why it is not known, as soon as that is known or
// ctx ends.
func (d *discovery) provider(ctx context.Context) (*oidc.Provider, error) {
	if found, err := d.known(); found != nil || err != nil {
		return found, err
	}
	asked := d.calls.DoChan("", func() (any, error) {
		return d.ask(context.WithoutCancel(ctx)) // its client has a timeout
	})
	select {
	case answer := <-asked:
		found, _ := answer.Val.(*oidc.Provider)
		return found, answer.Err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// known is what needs no asking: nothing, if it has to be asked.
func (d *discovery) known() (*oidc.Provider, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.found == nil && !time.Now().Before(d.until) {
		return nil, nil
	}
	return d.found, d.failed
}

func (d *discovery) ask(ctx context.Context) (*oidc.Provider, error) {
	if found, err := d.known(); found != nil || err != nil {
		return found, err // since another call has just ended
	}
	found, err := d.read(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.found, d.failed = found, nil; err != nil {
		d.found, d.failed, d.until = nil, err, time.Now().Add(again)
	}
	return d.found, d.failed
}

// read asks the provider. What it returns keeps the context for keys that it reads
// later.
func (p *Provider) read(ctx context.Context) (*oidc.Provider, error) {
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.site.Issuer)
	if err != nil {
		return nil, fmt.Errorf("OpenID provider: %w", err)
	}
	return found, nil
}

// ask returns how the provider is asked.
func (p *Provider) ask(ctx context.Context) (*oauth2.Config, *oidc.Provider, error) {
	found, err := p.discovery.provider(ctx)
	if err != nil {
		return nil, nil, err
	}
	config := &oauth2.Config{
		ClientID: p.site.ClientID, Endpoint: found.Endpoint(), Scopes: p.site.Scopes,
		RedirectURL: strings.TrimSuffix(p.site.URL, "/") + Back,
	}
	if p.site.ClientSecretFile != "" {
		secret, err := os.ReadFile(p.site.ClientSecretFile)
		if err != nil {
			return nil, nil, fmt.Errorf("http.oidc.client_secret_file: %w", err)
		}
		config.ClientSecret = strings.TrimSpace(string(secret))
	}
	return config, found, nil
}
