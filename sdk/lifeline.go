package sdk

import (
	"io"
	"os"
	"path/filepath"

	hclog "github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
)

// exitWithAgent ends the process when the agent does. The agent holds the other
// end of standard input, which the kernel closes when the agent is gone,
// however it went: unlike a parent's process id or a death signal, this has no
// race and does not depend on which of the agent's threads started the plugin.
// Nothing is lost: an executor keeps no state that matters.
func exitWithAgent(lifeline io.Reader, logger hclog.Logger) {
	_, err := io.Copy(io.Discard, lifeline)
	logger.Debug("the agent is gone, and the plugin goes too", "error", err)
	removeSockets(os.Getenv(plugin.EnvUnixSocketDir))
	os.Exit(0)
}

// removeSockets removes the folder that the agent made for this process's
// sockets, and could not remove any more.
func removeSockets(folder string) {
	if folder == "" {
		return
	}
	sockets, err := filepath.Glob(filepath.Join(folder, "plugin*"))
	if err != nil {
		return
	}
	for _, socket := range sockets {
		if info, err := os.Lstat(socket); err == nil && info.Mode().Type() == os.ModeSocket {
			_ = os.Remove(socket)
		}
	}
	_ = os.Remove(folder)
}
