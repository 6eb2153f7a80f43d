package retain

import (
	"sync"

	"github.com/raddeploy/raddeploy/core/run"
)

// Count is what was removed of one kind since the agent started.
type Count struct {
	Kind   run.RemovalKind
	Number int   // of files; of runs and arrivals: of those
	Bytes  int64 // that the disk got back
}

// kinds are all kinds, in the order in which they go.
var kinds = []run.RemovalKind{run.RemoveLogs, run.RemoveOutputs, run.RemoveObjects, run.RemoveRuns, run.RemoveArrivals}

// counted is what was removed. It may be used by many goroutines.
type counted struct {
	mu    sync.Mutex
	kinds map[run.RemovalKind]Count
	kept  int
}

func (c *counted) add(kind run.RemovalKind, number int, bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kinds == nil {
		c.kinds = make(map[run.RemovalKind]Count)
	}
	count := c.kinds[kind]
	count.Number, count.Bytes = count.Number+number, count.Bytes+bytes
	c.kinds[kind] = count
}

func (c *counted) stuck(removals int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = removals
}

// Counts returns what was removed since the agent started, for every kind.
func (r *Retainer) Counts() []Count {
	r.counted.mu.Lock()
	defer r.counted.mu.Unlock()
	all := make([]Count, len(kinds))
	for i, kind := range kinds {
		all[i] = r.counted.kinds[kind]
		all[i].Kind = kind
	}
	return all
}

// Stuck returns of how many arrivals and runs some files cannot be removed now.
func (r *Retainer) Stuck() int {
	r.counted.mu.Lock()
	defer r.counted.mu.Unlock()
	return r.counted.kept
}
