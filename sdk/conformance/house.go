package conformance

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	hclog "github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/host"
)

// plugin is a plugin that was launched: as a rule a [host.Client].
type plugin interface {
	Description() sdk.Description
	Exited() <-chan struct{}
	Close() error
	Kill() error
	Abandon() error
	AnswersStrangers(ctx context.Context) (how []string, err error)

	Describe(ctx context.Context) (sdk.Description, error)
	Configure(ctx context.Context, site sdk.Site, config []byte) error
	Fingerprint(ctx context.Context, emit func(sdk.Fingerprint) error) error
	ValidateTask(ctx context.Context, task *sdk.Task) (sdk.Diagnostics, error)
	Start(ctx context.Context, task *sdk.Task) (sdk.Handle, error)
	Recover(ctx context.Context, task *sdk.Task, handle sdk.Handle) error
	Watch(ctx context.Context, attempt sdk.AttemptID, emit func(sdk.Event) error) error
	Stop(ctx context.Context, attempt sdk.AttemptID, grace time.Duration) error
	Remove(ctx context.Context, attempt sdk.AttemptID) error
	List(ctx context.Context) ([]sdk.Held, error)
	Logs(ctx context.Context, attempt sdk.AttemptID, request sdk.LogRequest, emit func(sdk.LogChunk) error) error
	Stats(ctx context.Context, attempt sdk.AttemptID) (sdk.Usage, error)
	Prefetch(ctx context.Context, image string, emit func(sdk.Progress) error) error
	HasImage(ctx context.Context, image string) (bool, error)
}

var errEnough = errors.New("enough was heard")

// house is one instance of the executor at a site, and the plugin process that
// serves it now.
type house struct {
	site   sdk.Site
	client plugin
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
	if r.instead != nil {
		return &house{site: h.site, client: r.instead(), log: h.log}, nil
	}
	logger := hclog.New(&hclog.LoggerOptions{Name: "plugin", Level: hclog.Debug, Output: h.log})
	client, err := host.Launch(ctx, host.Options{Path: r.Program, Args: r.Args, Env: append(slices.Clip(r.Env), ofTheAgent+"=1"), Logger: logger})
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
	ctx, cancel := r.clock.within(ctx, r.Patience)
	defer cancel()
	if err := launched.client.Configure(ctx, h.site, r.Config); err != nil {
		_ = launched.client.Close()
		return nil, fmt.Errorf("the plugin refuses the configuration that the suite was given: %w", err)
	}
	launched.configured = true
	return launched, nil
}

// key tells houses apart, of which several processes may have been one after
// the other.
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
