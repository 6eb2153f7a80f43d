package plugin

import (
	"time"

	"github.com/raddeploy/raddeploy/core/internal/wake"
)

// Hurry shortens the supervision's timeouts for a test.
func (e *Executor) Hurry(pulse time.Duration) {
	e.pace = pace{backoff: wake.Backoff{First: time.Millisecond, Longest: 50 * time.Millisecond}, settled: time.Minute, pulse: pulse}
}

// Slow lengthens the pauses between launches.
func (e *Executor) Slow(pause time.Duration) {
	e.pace.backoff = wake.Backoff{First: pause, Longest: pause}
}

// PID is the process id of the plugin that runs now, or 0.
func (e *Executor) PID() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.client == nil {
		return 0
	}
	return e.client.PID()
}
