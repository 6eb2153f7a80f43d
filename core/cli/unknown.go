package cli

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/cli"

	"github.com/raddeploy/raddeploy/sdk/suggest"
)

// unknown is the command that arguments name and that there is not, with the one
// that was probably meant; "": there is no such slip.
func unknown(args []string, commands map[string]cli.CommandFactory) (name, hint string) {
	words := slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return strings.HasPrefix(arg, "-") })
	if len(words) == 0 || strings.HasPrefix(args[0], "-") {
		return "", ""
	}
	name = words[0]
	var known []string
	switch {
	case commands[name] == nil:
		known = slices.Sorted(maps.Keys(commands))
		if len(words) > 1 && suggest.Nearest(name, known) == "" {
			name += " " + words[1]
		}
	case groups[name] != "" && len(args) > 1 && !strings.HasPrefix(args[1], "-"):
		name += " " + args[1]
		for command := range maps.Keys(commands) {
			if strings.HasPrefix(command, words[0]+" ") {
				known = append(known, command)
			}
		}
		slices.Sort(known)
	}
	if commands[name] != nil || known == nil {
		return "", ""
	}
	return name, suggest.Hint(name, known, "see `raddeploy -h`")
}
