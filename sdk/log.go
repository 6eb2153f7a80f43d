package sdk

import (
	"os"

	hclog "github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/sdk/internal/handshake"
)

// The process's own standard error: while a plugin is served, [os.Stderr] is a
// pipe to nowhere in particular.
var stderr = os.Stderr

// Logger makes a logger whose messages the agent reads and passes on to its own
// log, at their level. Keys that the agent uses too: run, task, attempt,
// executor. Nothing that may identify a patient belongs into a message: no file
// contents, and no values of DICOM tags.
func Logger(name string) hclog.Logger {
	level := hclog.LevelFromString(os.Getenv(handshake.EnvLogLevel))
	if level == hclog.NoLevel {
		level = hclog.Info
	}
	return hclog.New(&hclog.LoggerOptions{Name: name, Level: level, Output: stderr, JSONFormat: true})
}
