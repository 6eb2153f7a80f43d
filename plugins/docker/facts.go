package docker

import (
	"context"
	"os"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/plugins/docker/internal/engine"
)

// overlayMagic is what statfs calls an overlay, which cannot hold the upper
// layer of another one.
const overlayMagic = 0x794c7630

// info returns what the engine says about itself; it asks once.
func (e *Executor) info(ctx context.Context) (engine.Info, error) {
	e.mu.Lock()
	known := e.about
	e.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	return e.refresh(ctx)
}

// refresh asks the engine about itself.
func (e *Executor) refresh(ctx context.Context) (engine.Info, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	info, err := e.engine.Info(ctx)
	if err != nil {
		return engine.Info{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.about = &info
	return info, nil
}

// ways tells how files get into containers of this engine. Only root can clean
// up what containers leave in its folders, so other users' agents copy.
func (e *Executor) ways(info engine.Info, workDir string) ways {
	e.mu.Lock()
	defer e.mu.Unlock()
	var w ways
	switch e.config.Mounts {
	case "copy":
	case "local":
		w.shared = true
	default:
		w.shared = e.engine.OnThisHost() && os.Geteuid() == 0 && !info.Remapped && !e.unshared
	}
	w.overlay = w.shared && !e.unlaid && !info.Remapped && os.Geteuid() == 0 && !onOverlay(workDir)
	return w
}

func onOverlay(folder string) bool {
	var fs syscall.Statfs_t
	return syscall.Statfs(folder, &fs) == nil && int64(fs.Type) == overlayMagic
}
