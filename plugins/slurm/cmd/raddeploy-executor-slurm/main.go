// Command raddeploy-executor-slurm is the executor plugin for Slurm clusters.
// The agent launches it.
package main

import (
	"github.com/raddeploy/raddeploy/plugins/slurm"
	"github.com/raddeploy/raddeploy/sdk"
)

// version is set when a release is built.
var version = "dev"

func main() { sdk.Main(slurm.Plugin(version)) }
