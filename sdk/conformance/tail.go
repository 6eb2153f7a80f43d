package conformance

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// tail keeps the last that a plugin logged.
type tail struct {
	mu      sync.Mutex
	text    []byte
	dropped int64 // bytes that came before text
}

// Write takes whole lines.
func (t *tail) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	const keep = 16 << 10
	t.text = append(t.text, data...)
	drop := max(0, len(t.text)-keep)
	t.text, t.dropped = t.text[drop:], t.dropped+int64(drop)
	return len(data), nil
}

// mark is the log's present end.
func (t *tail) mark() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.dropped + int64(len(t.text))
}

// since returns the lines that came after a mark.
func (t *tail) since(mark int64) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := string(t.text[min(max(0, mark-t.dropped), int64(len(t.text))):])
	if mark < t.dropped { // it may begin amid a line
		_, text, _ = strings.Cut(text, "\n")
	}
	return strings.Split(strings.TrimSpace(text), "\n")
}

// chatter is what go-plugin logs at a low level: its client, which has the
// launching logger's own name, and its server in the plugin.
var chatter = regexp.MustCompile(`^\S+ \[(TRACE|DEBUG)\] +(plugin(\.stdio)?: |\S+: (plugin address|configuring server automatic mTLS): )`)

// logs is what the plugins of the case logged last since it began. Other cases
// beside it may have caused some of that.
func (t *trial) logs() string {
	var tails []*tail
	if t.home != nil && len(t.houses) == 0 {
		tails = append(tails, t.home.log)
	}
	for _, h := range t.houses {
		if !slices.Contains(tails, h.log) {
			tails = append(tails, h.log)
		}
	}
	var lines []string
	for _, log := range tails {
		lines = append(lines, log.since(t.marks[log])...)
	}
	lines = slices.DeleteFunc(lines, func(line string) bool { return line == "" || chatter.MatchString(line) })
	const most = 12
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}
