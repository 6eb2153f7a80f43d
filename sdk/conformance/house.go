package conformance

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	hclog "github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/host"
)

var errEnough = errors.New("enough was heard")

// house is one instance of the executor at a site, and the plugin process that serves it now.
type house struct {
	site   sdk.Site
	client *host.Client
	log    *tail
	// configured says that tasks can be started.
	configured bool
}

// newHouse makes an instance that has not been launched.
func (r *run) newHouse(name string) *house {
	instance := fmt.Sprintf("%s-%s-%d", name, r.id, r.number())
	return &house{site: sdk.Site{
		Name:     "conformance",
		Instance: instance,
		WorkDir:  filepath.Join(r.dir, "executor", instance),
		Roots:    []string{filepath.Join(r.dir, "data")},
	}, log: new(tail)}
}

// launch starts a plugin process that is not configured yet.
func (r *run) launch(ctx context.Context, h *house) (*house, error) {
	logger := hclog.New(&hclog.LoggerOptions{Name: "plugin", Level: hclog.Debug, Output: h.log})
	client, err := host.Launch(ctx, host.Options{Path: r.Program, Args: r.Args, Env: r.Env, Logger: logger})
	if err != nil {
		return nil, err
	}
	return &house{site: h.site, client: client, log: h.log}, nil
}

// open starts a plugin process for an instance and configures it as the suite says.
func (r *run) open(ctx context.Context, h *house) (*house, error) {
	if err := os.MkdirAll(h.site.WorkDir, 0o700); err != nil {
		return nil, err
	}
	launched, err := r.launch(ctx, h)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, r.Patience)
	defer cancel()
	if err := launched.client.Configure(ctx, h.site, r.Config); err != nil {
		_ = launched.client.Close()
		return nil, fmt.Errorf("the plugin refuses the configuration that the suite was given: %w", err)
	}
	launched.configured = true
	return launched, nil
}

// key tells houses apart, of which several processes may have been one after the other.
func (h *house) key() string { return h.site.WorkDir }

// ended tells whether the plugin process is gone.
func (h *house) ended() bool {
	select {
	case <-h.client.Exited():
		return true
	default:
		return false
	}
}

func randomID() string { return strings.ToLower(rand.Text()[:8]) }

// tail keeps the last that a plugin logged.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	const keep = 16 << 10
	t.text = append(t.text, data...)
	t.text = t.text[max(0, len(t.text)-keep):]
	return len(data), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
