package cli

import (
	"regexp"
	"strings"

	"github.com/hashicorp/cli"
	"github.com/posener/complete"
)

// completing is a command that a shell can complete: its flags are those that its
// help lists.
type completing struct{ cli.Command }

// AutocompleteFlags implements [cli.CommandAutocomplete].
func (c completing) AutocompleteFlags() complete.Flags {
	flags := complete.Flags{"-h": complete.PredictNothing}
	for _, found := range listedFlag.FindAllStringSubmatch(c.Help(), -1) {
		for name := range strings.SplitSeq(found[1], ", ") {
			name, value, _ := strings.Cut(name, " ")
			flags[name] = predict(value)
		}
	}
	return flags
}

// listedFlag is where a help begins to tell of one or several flags.
var listedFlag = regexp.MustCompile(`(?m)^ {2}(-[a-z][\w-]*(?: [A-Z"|a-z0-9=]+)?(?:, -[a-z][\w-]*(?: [A-Z"|a-z0-9=]+)?)*)(?: {2,}|\n|$)`)

// predict is what may follow a flag whose value is called so.
func predict(value string) complete.Predictor {
	switch {
	case value == "":
		return complete.PredictNothing
	case strings.HasPrefix(value, "DIR"):
		return complete.PredictDirs("*")
	case strings.HasPrefix(value, "PATH"), strings.HasPrefix(value, "FILE"):
		return complete.PredictFiles("*")
	case strings.Contains(value, "|"):
		return complete.PredictSet(strings.Split(value, "|")...)
	}
	return complete.PredictAnything
}

// AutocompleteArgs implements [cli.CommandAutocomplete].
func (c completing) AutocompleteArgs() complete.Predictor { return complete.PredictFiles("*") }
