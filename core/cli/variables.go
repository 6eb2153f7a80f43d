package cli

import (
	"errors"
	"flag"
	"strings"
)

// variableFlag adds the flag -var NAME=VALUE, which may repeat, for the
// variables of files in HCL.
func variableFlag(set *flag.FlagSet) *map[string]string {
	values := map[string]string{}
	set.Func("var", "", func(text string) error {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return errors.New("write -var NAME=VALUE")
		}
		values[name] = value
		return nil
	})
	return &values
}
