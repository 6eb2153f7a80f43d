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
	var last syscall.Signal
	err := e.events(ctx, c.ID, "kill", stamp(c.Started), stamp(until), func(message events.Message) {
		if n, err := strconv.Atoi(message.Actor.Attributes["signal"]); err == nil && ends(syscall.Signal(n)) {
			last = syscall.Signal(n)
		}
	})
	return last, err
}

// Made tells whether the engine remembers that it has made a container; if not, it
// was most likely started since.
func (e *Engine) Made(ctx context.Context, c Container) (remembers bool, err error) {
	info, err := e.api.Info(ctx)
	if err != nil {
		return false, err
	}
	err = e.events(ctx, c.ID, "create", "0", info.SystemTime, func(events.Message) { remembers = true })
	return remembers, err
}

// events calls each with the engine's events of a kind about a container, between
// two times of its clock.
func (e *Engine) events(ctx context.Context, container, kind, since, until string, each func(events.Message)) error {
	ctx, cancel := context.WithTimeout(ctx, quick)
	defer cancel()
	messages, broken := e.api.Events(ctx, events.ListOptions{
		Since: since, Until: until,
		Filters: filters.NewArgs(filters.Arg("type", "container"), filters.Arg("event", kind), filters.Arg("container", container)),
	})
	for {
		select {
		case message := <-messages:
			each(message)
		case err := <-broken:
			if errors.Is(err, io.EOF) { // all that there was
				return nil
			}
			return err
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
