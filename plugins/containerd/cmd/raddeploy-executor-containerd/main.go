// Command raddeploy-executor-containerd is the executor plugin for containerd.
// The agent launches it.
package main

import (
	"github.com/containerd/log"

	"github.com/raddeploy/raddeploy/plugins/containerd"
	"github.com/raddeploy/raddeploy/sdk"
)

// version is set when a release is built.
var version = "dev"

func main() {
	// containerd's client tells each try at a registry, and the attempt tells
	// what came of it
	_ = log.SetLevel("error")
	sdk.Main(containerd.Plugin(version))
}
