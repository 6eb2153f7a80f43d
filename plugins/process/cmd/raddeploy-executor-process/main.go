// Command raddeploy-executor-process is the executor plugin for this host's own
// programs. The agent launches it, and it launches itself again to watch over a
// task.
package main

import (
	"github.com/raddeploy/raddeploy/plugins/process"
	"github.com/raddeploy/raddeploy/plugins/process/internal/shim"
	"github.com/raddeploy/raddeploy/sdk"
)

// version is set when a release is built.
var version = "dev"

func main() {
	shim.RunIfAsked()
	sdk.Main(process.Plugin(version))
}
