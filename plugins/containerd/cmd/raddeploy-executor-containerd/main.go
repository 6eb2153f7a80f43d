// Command raddeploy-executor-containerd is the executor plugin for containerd. The agent launches it.
package main

import (
	"github.com/raddeploy/raddeploy/plugins/containerd"
	"github.com/raddeploy/raddeploy/sdk"
)

// version is set when a release is built.
var version = "dev"

func main() { sdk.Main(containerd.Plugin(version)) }
