package host

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/sdk/internal/handshake"
)

var otherVersion = regexp.MustCompile(`Plugin version: (\d+)`) // in go-plugin's words

// explain says for a person why a launch went wrong, and what to do.
func (p *process) explain(ctx context.Context, err error) error {
	path := p.command.Path
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("plugin %s did not answer in time%s: %w", path, p.tail.said(), context.DeadlineExceeded)
	}
	if cause := ctx.Err(); cause != nil {
		return fmt.Errorf("plugin %s: launch: %w", path, cause)
	}
	if found := otherVersion.FindStringSubmatch(err.Error()); found != nil {
		return &Error{path, fmt.Sprintf("speaks version %s of the executor contract, this agent speaks version %d", found[1], handshake.Version),
			"install the plugin and the agent of one release"}
	}
	p.mu.Lock()
	started := p.started
	p.mu.Unlock()
	if started {
		select {
		case <-p.exited:
		case <-time.After(time.Second):
			// it has ended if it is what went wrong: its outputs have closed
		}
	}
	select {
	case <-p.exited:
		<-p.drained // at the end of the drain at the latest
		// and was not killed, as go-plugin does when it gives up
		if p.command.ProcessState.Exited() {
			return fmt.Errorf("plugin %s ended before it could be called: %s%s", path, p.command.ProcessState, p.tail.said())
		}
	default:
	}
	if strings.Contains(err.Error(), "Unrecognized remote plugin message") {
		return fmt.Errorf("plugin %s is not an executor plugin: it did not begin with the handshake of one%s", path, p.tail.said())
	}
	return fmt.Errorf("plugin %s: launch: %w%s", path, err, p.tail.said())
}

// tail keeps the last that a process wrote to its standard error.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailSize = 1 << 10

func (t *tail) add(data []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, data...)
	if excess := len(t.text) - tailSize; excess > 0 {
		t.text = append([]byte("…"), t.text[excess:]...)
	}
}

func (t *tail) said() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimSpace(strings.ToValidUTF8(string(t.text), ""))
	if text == "" {
		return ""
	}
	return "; it said: " + text
}
