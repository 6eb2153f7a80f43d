package slurm

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/job"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/launch"
	"github.com/raddeploy/raddeploy/sdk"
)

// pruneEvery is how often the cache is pruned, and images that are in use are
// marked for other agents that share it.
const pruneEvery = time.Hour

// pruneCache removes images that no job has used for long, again and again.
func (e *Executor) pruneCache(ctx context.Context, cache string) {
	for {
		_, _ = e.pruneOnce(cache, time.Now()) // what cannot be removed now is met again
		if pause(ctx, pruneEvery) != nil {
			return
		}
	}
}

// pruneOnce returns the names of what it removed. It removes nothing if it is
// unknown which images are in use.
func (e *Executor) pruneOnce(cache string, now time.Time) ([]string, error) {
	inUse, err := e.imagesInUse()
	if err != nil {
		return nil, err
	}
	for image := range inUse {
		launch.MarkUsed(cache, image)
	}
	return launch.Prune(cache, now.Add(-e.config.Age), inUse)
}

// imagesInUse returns the cached images of all attempts that have not ended. An
// attempt whose script is not written yet has fetched its image a moment ago, or
// will.
func (e *Executor) imagesInUse() (map[string]bool, error) {
	if err := e.work.missing(); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(e.work.path)
	if err != nil {
		return nil, err
	}
	inUse := map[string]bool{}
	for _, entry := range entries {
		id := sdk.AttemptID(entry.Name())
		if !id.Valid() || e.hasEnded(id) {
			continue
		}
		script, err := os.ReadFile(e.folderOf(id).Path(job.ScriptFile))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, image := range launch.Named(script) {
			inUse[image] = true
		}
	}
	return inUse, nil
}
