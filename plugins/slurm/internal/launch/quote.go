package launch

import (
	"strings"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/bash"
)

// quoted makes words of bash of texts.
func quoted(texts []string) string {
	words := make([]string, len(texts))
	for i, text := range texts {
		words[i] = bash.Quote(text)
	}
	return strings.Join(words, " ")
}

// lines joins lines of bash, leaving out the empty ones.
func lines(texts ...string) string {
	var b strings.Builder
	for _, text := range texts {
		if text = strings.Trim(text, "\n"); text != "" {
			b.WriteString(text + "\n")
		}
	}
	return b.String()
}

// failing defines the function fail, which leaves a line for the operator and
// ends the piece.
const failing = `fail() { printf '%s\n' "$*" >"$RADDEPLOY_MESSAGE"; exit 125; }`
