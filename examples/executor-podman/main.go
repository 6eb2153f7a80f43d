// Command raddeploy-executor-podman is an executor plugin that runs the tasks of
// RadDeploy's flows as containers of podman, by its command line.
package main

import (
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
	"github.com/raddeploy/raddeploy/sdk/engine/command"
)

// version is set by the build: go build -ldflags "-X main.version=1.0.0".
var version = "dev"

// Config is what a site may write into the `config` block of its executor.
type Config struct {
	Program string   `raddeploy:"program" default:"podman" doc:"podman's program"`
	Args    []string `raddeploy:"args" doc:"arguments before each of its commands, such as --root=/srv/podman"`
	Network string   `raddeploy:"network" default:"none" doc:"the network of containers, such as none, host or podman"`
	GPUs    []string `raddeploy:"gpus" doc:"the GPUs that tasks may have, by CDI names with UUIDs, such as nvidia.com/gpu=GPU-…"`
}

// says is what podman says, in words that are not in its other errors.
var says = map[string]error{
	"no such container": command.ErrNoContainer, "can only kill running": command.ErrNoContainer,
	"image not known": engine.ErrNoImage, "is already in use": engine.ErrExists,
}

func main() {
	config := &Config{}
	open := func(site sdk.Site) (engine.Engine, engine.Settings, error) {
		program := command.Program{Path: config.Program, Args: config.Args, Network: config.Network, Says: says}
		program.Env = strings.NewReplacer("\r\n", "\r\r\n").Replace // podman 4 drops a \r before a \n
		advice := engine.Advice{Load: "podman load", Room: "podman system prune", Login: "podman login", Kill: "podman kill does"}
		return &cli{Program: program, site: site, gpus: config.GPUs}, engine.Settings{StopGrace: 10 * time.Second, PullAgain: time.Minute, Advice: advice}, nil
	}
	sdk.Main(sdk.Plugin{
		Name: "podman", Version: version, Doc: "Runs tasks as containers of podman.", Config: config, Executor: engine.New("podman", open),
	})
}
