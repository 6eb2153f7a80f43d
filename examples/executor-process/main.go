// The plugin raddeploy-executor-process runs the tasks of flows as processes of
// this host, where there is no container runtime. It is also meant to be read,
// by those who write a plugin of their own: see README.md.
package main

import (
	"github.com/raddeploy/raddeploy/examples/executor-process/process"
	"github.com/raddeploy/raddeploy/examples/executor-process/shim"
	"github.com/raddeploy/raddeploy/sdk"
)

var version = "dev"

func main() {
	shim.RunIfAsked() // this program is both the plugin and what watches over each task

	config := new(process.Config)
	sdk.Main(sdk.Plugin{
		Name:     "process",
		Version:  version,
		Doc:      "Runs tasks with this host's own programs, each in a private view of the file system.",
		Config:   config,
		Executor: process.New(config),
	})
}
