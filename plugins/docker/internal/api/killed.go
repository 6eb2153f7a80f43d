package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"syscall"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
)

// Killed returns the last signal to end that somebody had the engine send to a
// container, with docker stop, kill or rm -f, between its start and a time; 0:
// nobody did, or the engine has forgotten. It remembers its latest few hundred
// events, and none of before its own start.
func (e *Engine) Killed(ctx context.Context, c Container, until time.Time) (syscall.Signal, error) {
	ctx, cancel := context.WithTimeout(ctx, quick)
	defer cancel()
	messages, broken := e.api.Events(ctx, events.ListOptions{
		Since: stamp(c.Started), Until: stamp(until),
		Filters: filters.NewArgs(filters.Arg("type", "container"), filters.Arg("event", "kill"), filters.Arg("container", c.ID)),
	})
	var last syscall.Signal
	for {
		select {
		case message := <-messages:
			if n, err := strconv.Atoi(message.Actor.Attributes["signal"]); err == nil && ends(syscall.Signal(n)) {
				last = syscall.Signal(n)
			}
		case err := <-broken:
			if errors.Is(err, io.EOF) { // all that there was
				return last, nil
			}
			return 0, err
		}
	}
}

// ends tells whether a signal is sent to end a process, and not to tell it
// something.
func ends(signal syscall.Signal) bool {
	switch signal {
	case syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGABRT:
		return true
	}
	return false
}

func stamp(t time.Time) string { return fmt.Sprintf("%d.%09d", t.Unix(), t.Nanosecond()) }
