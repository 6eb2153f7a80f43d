package cli

import (
	"fmt"
	"strings"

	"github.com/raddeploy/raddeploy/core/match/decide"
)

// details prints what each trigger, tag and pattern of a flow did.
func details(b *base, indent string, text decide.Text) {
	for _, line := range text.Lines() {
		say(b.out, "%s%s%s\n", indent, strings.Repeat("  ", line.Depth), line.Text)
	}
}

// counted is a number of things.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
