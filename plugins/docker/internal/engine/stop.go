package engine

import (
	"context"
	"math"
	"net/http/httptrace"
	"time"

	"github.com/docker/docker/api/types/container"
)

// Stop asks a container to end, and kills it after grace, rounded up to
// seconds. The engine sees to both, even if nobody waits for the answer. It
// returns when the container has ended; sent is called when the request is on
// its way.
func (e *Engine) Stop(ctx context.Context, id string, grace time.Duration, sent func()) error {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(info httptrace.WroteRequestInfo) {
		if info.Err == nil {
			sent()
		}
	}})
	grace = max(grace, 0)
	seconds := int(math.Ceil(grace.Seconds()))
	ctx, cancel := context.WithTimeout(ctx, grace+slow)
	defer cancel()
	return e.api.ContainerStop(ctx, id, container.StopOptions{Timeout: &seconds})
}
