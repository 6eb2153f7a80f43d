package docker

import (
	"context"
	"os"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// info returns what the engine says about itself; it asks once.
func (b *backend) info(ctx context.Context) (api.Info, error) {
	b.mu.Lock()
	known := b.about
	b.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	return b.refresh(ctx)
}

// refresh asks the engine about itself.
func (b *backend) refresh(ctx context.Context) (api.Info, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	info, err := b.api.Info(ctx)
	if err != nil {
		return api.Info{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.about = &info
	return info, nil
}

// node names the host that the engine runs on.
func (b *backend) node() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.about == nil {
		return ""
	}
	return b.about.Name
}

// Way implements [engine.Mounter]. Only root can clean up what containers leave
// in its folders, so other users' agents stream.
func (b *backend) Way(ctx context.Context, task *sdk.Task) engine.Way {
	info, err := b.info(ctx)
	b.mu.Lock()
	shared := err == nil && b.api.OnThisHost() && os.Geteuid() == 0 && !info.Remapped && !b.unshared
	b.mu.Unlock()
	switch {
	case task.WorkDir == "" || b.config.Mounts == "copy" || b.config.Mounts == "auto" && !shared:
		return engine.Streamed
	case os.Geteuid() == 0 && !info.Remapped:
		return engine.Layered
	}
	return engine.Copied
}

// mustStream records that the engine has turned out not to see the agent's
// folders: then files are streamed from now on. It tells whether that is news.
func (b *backend) mustStream() bool {
	if b.config.Mounts != "auto" {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	news := !b.unshared
	b.unshared = true
	return news
}
