// The plugin raddeploy-executor-toy runs the tasks of RadDeploy's flows
// on toy. See README.md for what to replace.
package main

import "github.com/raddeploy/raddeploy/sdk"

// version is set by the build: go build -ldflags "-X main.version=1.0.0".
var version = "dev"

func main() {
	config := new(Config)
	sdk.Main(sdk.Plugin{
		Name:     "toy",
		Version:  version,
		Doc:      "Runs tasks on toy.", // one sentence, for `raddeploy plugin list`
		Config:   config,
		Options:  new(Options),
		Executor: &Executor{config: config},
	})
}
