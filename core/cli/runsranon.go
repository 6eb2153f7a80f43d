package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
)

// ranOn shows what the attempts of a run ran on, and what is to be known about
// them.
func (c *runsCommand) ranOn(tasks []api.Task) {
	rows := [][]string{{"RAN ON", "IMAGE", "DIGEST", "EXECUTOR", "NODE", "GPUS", "CPU", "MEMORY"}}
	var warnings []string
	for _, task := range tasks {
		for _, a := range task.Attempts {
			name := task.Name
			if len(task.Attempts) > 1 {
				name += ", try " + strconv.Itoa(a.Number)
			}
			if on := a.RanOn; on != nil {
				rows = append(rows, []string{name, on.Image, on.Digest, executorOf(a), on.Node, strings.Join(on.Devices, " "),
					time.Duration(on.CPUSeconds * float64(time.Second)).Round(10 * time.Millisecond).String(), memory(on.MemoryPeak)})
			}
			for _, w := range a.Warnings {
				warnings = append(warnings, fmt.Sprintf("Warning (%s): %s", name, w))
			}
		}
	}
	if len(rows) > 1 {
		fmt.Fprintln(c.out)
		c.table(rows)
	}
	for i, w := range warnings {
		if i == 0 {
			fmt.Fprintln(c.out)
		}
		fmt.Fprintln(c.out, w)
	}
}

// executorOf is an executor with its plugin: "gpu-box (docker 1.2)".
func executorOf(a api.Attempt) string {
	plugin := strings.TrimSpace(a.RanOn.Plugin + " " + a.RanOn.PluginVersion)
	if plugin == "" {
		return a.Executor
	}
	return a.Executor + " (" + plugin + ")"
}

func memory(bytes int64) string {
	if bytes == 0 {
		return ""
	}
	return strconv.FormatInt((bytes+1<<20-1)>>20, 10) + " MiB"
}
