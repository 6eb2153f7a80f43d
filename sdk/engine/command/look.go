package command

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

const (
	// lookTime is how long a look may take: the first answer is due within two
	// seconds.
	lookTime = 1800 * time.Millisecond
	// slowTime is how long an engine that has answered may be silent before it is
	// unhealthy: a busy host is not a change that takes its tasks away.
	slowTime = 30 * time.Second
)

// Looks is how an engine is. The zero value has not asked it yet.
type Looks struct {
	mu   sync.Mutex
	last sdk.Fingerprint
	at   time.Time
}

// Look asks the engine of a name, by a command that prints its version. One that
// is only slow stays as it was for a while, and is then unhealthy until it
// answers.
func (l *Looks) Look(ctx context.Context, p Program, name string, args ...string) sdk.Fingerprint {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	version, err := p.Run(ctx, nil, args...)
	slow := err != nil && ctx.Err() != nil
	now := sdk.Fingerprint{Health: sdk.Healthy, Backend: name + " " + strings.TrimSpace(version)}
	switch {
	case slow:
		now = sdk.Fingerprint{Health: sdk.Unhealthy, Message: err.Error() + ": " + name + " or its host is busy"}
	case err != nil:
		now = sdk.Fingerprint{Health: sdk.Undetected, Message: err.Error() + ": install " + name + ", or correct the executor's config"}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if slow && !l.at.IsZero() && time.Since(l.at) < slowTime {
		return l.last
	}
	if !slow {
		l.last, l.at = now, time.Now()
	}
	return now
}
