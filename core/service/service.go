// Package service tells the service manager how the agent is: ready, reloading,
// stopping, and that it is still alive. In comes what the manager put into the
// environment; out go datagrams to its socket, as sd_notify(3) describes them.
// Without a manager nothing is sent. The package must not decide what the agent
// does.
package service

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sys/unix"
)

// Manager is the service manager that started this process. Nil is none.
type Manager struct {
	socket   string
	watchdog time.Duration // how long it may hear nothing; 0: for ever
}

// Of returns the manager that an environment names, or nil.
func Of(environment func(string) (string, bool)) *Manager {
	socket, _ := environment("NOTIFY_SOCKET")
	if !strings.HasPrefix(socket, "/") && !strings.HasPrefix(socket, "@") {
		return nil
	}
	m := &Manager{socket: socket}
	text, _ := environment("WATCHDOG_USEC")
	if us, err := strconv.ParseInt(text, 10, 64); err == nil && us > 0 {
		m.watchdog = time.Duration(us) * time.Microsecond
	}
	return m
}

// Ready says that the agent works, and what it does in a few words.
func (m *Manager) Ready(status string) error { return m.send("READY=1", "STATUS="+status) }

// Reloading says that the agent reads its configuration anew. Ready follows.
func (m *Manager) Reloading() error {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return err
	}
	return m.send("RELOADING=1", "MONOTONIC_USEC="+strconv.FormatInt(now.Nano()/1000, 10))
}

// Stopping says that the agent is ending.
func (m *Manager) Stopping() error { return m.send("STOPPING=1") }

// Watch tells the manager that the agent is alive, for as long as alive says so,
// until ctx ends. Without a watchdog it only waits.
func (m *Manager) Watch(ctx context.Context, alive func(context.Context) error, logger hclog.Logger) error {
	if m == nil || m.watchdog == 0 {
		return nil
	}
	tick := time.NewTicker(m.watchdog / 3)
	defer tick.Stop()
	for {
		if err := m.beat(ctx, alive); err != nil && ctx.Err() == nil {
			logger.Error("the service manager is not told that the agent is alive", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func (m *Manager) beat(ctx context.Context, alive func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, m.watchdog/3)
	defer cancel()
	if err := alive(ctx); err != nil {
		return err
	}
	return m.send("WATCHDOG=1")
}

// send sends one datagram of assignments. A line break in a value would begin
// another one.
func (m *Manager) send(assignments ...string) error {
	if m == nil {
		return nil
	}
	for i, a := range assignments {
		assignments[i] = strings.ReplaceAll(a, "\n", " ")
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: m.socket, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("tell the service manager: %w", err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(strings.Join(assignments, "\n"))); err != nil {
		return fmt.Errorf("tell the service manager: %w", err)
	}
	return nil
}
