package cli

import (
	"strings"

	"github.com/raddeploy/raddeploy/core/match/decide"
)

// details prints what each trigger, tag and pattern of a flow did.
func details(b *base, indent string, text decide.Text) {
	for _, line := range text.Lines() {
		say(b.out, "%s%s%s\n", indent, strings.Repeat("  ", line.Depth), line.Text)
	}
}
