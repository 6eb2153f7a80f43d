package agent

import (
	"slices"
	"strings"
	"sync"
)

// Recent keeps the last lines that are written to it, for a bug report. Its zero value
// keeps as many as there is room for.
type Recent struct {
	mu    sync.Mutex
	lines []string
	bytes int
}

const (
	recentLines = 2000
	recentBytes = 1 << 20
	longestLine = 8 << 10
)

// Write keeps what a log writes: one entry at a time.
func (r *Recent) Write(entry []byte) (int, error) {
	line := strings.TrimRight(string(entry), "\n")
	if len(line) > longestLine {
		line = strings.ToValidUTF8(line[:longestLine], "") + "…"
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines, r.bytes = append(r.lines, line), r.bytes+len(line)
	for len(r.lines) > recentLines || r.bytes > recentBytes {
		r.bytes -= len(r.lines[0])
		r.lines[0], r.lines = "", r.lines[1:]
	}
	return len(entry), nil
}

// Lines returns what is kept, the oldest first. A nil Recent keeps nothing.
func (r *Recent) Lines() []string {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.lines)
}
