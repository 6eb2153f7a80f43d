package sdk

import (
	"fmt"
	"regexp"
)

// ProgramPrefix is what a plugin's program is called before the plugin's name:
// raddeploy-executor-NAME.
const ProgramPrefix = "raddeploy-executor-"

var (
	attemptID  = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)
	pluginName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
)

// Valid reports whether an attempt can have this id. A valid id can stand in
// names and paths as it is.
func (id AttemptID) Valid() bool { return attemptID.MatchString(string(id)) }

// CheckPluginName returns what is wrong with the name of a plugin, or nil.
func CheckPluginName(name string) error {
	if !pluginName.MatchString(name) {
		return fmt.Errorf("plugin name %q: want up to 32 characters of a-z, 0-9 and '-', the first a letter", name)
	}
	return nil
}
