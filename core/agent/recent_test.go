package agent

import (
	"fmt"
	"strings"
	"testing"
)

func TestRecent(t *testing.T) {
	var r Recent
	for i := range recentLines + 5 {
		fmt.Fprintf(&r, "line %d\n", i)
	}
	if lines := r.Lines(); len(lines) != recentLines || lines[0] != "line 5" || lines[recentLines-1] != fmt.Sprintf("line %d", recentLines+4) {
		t.Errorf("%d lines, from %q to %q", len(lines), lines[0], lines[len(lines)-1])
	}
	for range 200 {
		fmt.Fprintln(&r, strings.Repeat("x", 3*longestLine))
	}
	sum := 0
	for _, line := range r.Lines() {
		sum += len(line)
	}
	if sum > recentBytes || sum < recentBytes/2 {
		t.Errorf("%d bytes are kept", sum)
	}
	if (*Recent)(nil).Lines() != nil {
		t.Error("none keeps something")
	}
}
