package fake

import (
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Config is the fake's site configuration.
type Config struct {
	Dir         string        `raddeploy:"dir" required:"true" doc:"the folder of the backend"`
	Local       bool          `raddeploy:"local" default:"true" doc:"whether it shares the host's CPU slots"`
	Slots       int           `raddeploy:"slots" doc:"tasks that run at once, of all that use the folder; further ones are queued. 0: any number"`
	GPUs        []string      `raddeploy:"gpus" doc:"UUIDs of the GPUs it claims to see"`
	ClusterGPUs int           `raddeploy:"cluster_gpus" doc:"how many GPUs it says that it gives to one task by itself"`
	Images      []string      `raddeploy:"images" doc:"images that it has, besides those of its attempts"`
	Absent      bool          `raddeploy:"absent" doc:"whether the backend is not there"`
	Broken      string        `raddeploy:"broken" doc:"what goes wrong, for tests: configure, panic, or a promise that is broken"`
	Poll        time.Duration `raddeploy:"poll" default:"5ms" doc:"how often the folder is looked at"`
}

// Plugin declares the fake as a plugin of its own, with a [Plan] as the options
// of each model.
func Plugin() sdk.Plugin {
	executor := &Executor{}
	return sdk.Plugin{
		Name:     "fake",
		Version:  "1.0.0",
		Doc:      "It runs nothing and does as its options say, for tests.",
		Config:   &executor.config,
		Options:  &Plan{},
		Executor: newBreaker(executor),
	}
}
