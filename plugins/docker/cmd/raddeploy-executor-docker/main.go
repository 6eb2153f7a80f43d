// Command raddeploy-executor-docker is the executor plugin for Docker engines.
// The agent launches it.
package main

import (
	"github.com/raddeploy/raddeploy/plugins/docker"
	"github.com/raddeploy/raddeploy/sdk"
)

// version is set when a release is built.
var version = "dev"

func main() { sdk.Main(docker.Plugin(version)) }
