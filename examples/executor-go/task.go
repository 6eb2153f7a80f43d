package main

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// ValidateTask says what this executor cannot give. Each word of sdk.Task is
// either done, or refused, or warned about if the program works all the same: a
// word that is taken and not done is a trap. The path names the word as flows
// have it, so that the agent can show its line.
func (e *Executor) ValidateTask(_ context.Context, task *sdk.Task) (found sdk.Diagnostics, err error) {
	c, r, options := &task.Container, &task.Resources, task.Options.(*Options)
	refused := map[string]bool{
		"command":             len(c.Entrypoint)+len(c.Command) == 0, // there is no image that could have one
		"user":                c.User != "" && c.User != "root" && c.User != "0",
		"ipc_mode":            c.IPCMode != "",
		"ports":               len(c.Ports) > 0,
		"device_cgroup_rules": len(c.DeviceRules) > 0,
		"gpu":                 task.GPUCount > 0 || len(task.GPUs) > 0,
		"mem_limit":           r.Memory > 0 || r.MemoryReservation > 0 || r.MemorySwap != 0 || r.MemorySwappiness != nil,
		"shm_size":            r.ShmSize > 0,
		"nano_cpus":           r.NanoCPUs > 0 || r.CPUShares > 0 || r.CPUPeriod > 0 || r.CPUQuota > 0 || r.CPUSetCPUs != "",
		"cpu_rt_runtime":      r.CPURTPeriod > 0 || r.CPURTRuntime > 0,
		"pids_limit":          r.PIDs > 0,
		"device_read_bps":     len(r.DeviceReadBPS)+len(r.DeviceReadIOPS)+len(r.DeviceWriteBPS)+len(r.DeviceWriteIOPS) > 0,
	}
	for _, word := range slices.Sorted(maps.Keys(refused)) {
		if refused[word] {
			found = append(found, sdk.Diagnostic{
				Path: []string{word}, Summary: word + ": not as this executor can do it", Detail: "change it, or run the model on another executor",
			})
		}
	}
	if options.Nice < 0 || options.Nice > 19 {
		found = append(found, sdk.Diagnostic{Path: []string{"options", "nice"}, Summary: "nice must lie between 0 and 19"})
	}
	if c.Image != "" {
		found = append(found, sdk.Diagnostic{Path: []string{"image"}, Summary: "images are not used here: the command is one of this host", Warning: true})
	}
	return found, nil
}

// job is a task in the words of the backend.
type job struct {
	mounts  []sdk.Mount
	env     []string // as NAME=value
	dir     string
	command []string
	nice    int
	noNet   bool
	timeout time.Duration
}

// job translates a task, without asking the backend.
func (e *Executor) job(task *sdk.Task) (job, error) {
	j := job{
		env:     []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"},
		dir:     filepath.Join("/", task.Container.WorkingDir),
		command: slices.Concat(task.Container.Entrypoint, task.Container.Command),
		nice:    task.Options.(*Options).Nice,
		noNet:   task.Container.NetworkDisabled,
		timeout: task.Timeout,
	}
	for _, v := range task.Container.Env {
		j.env = append(j.env, v.Name+"="+v.Value) // of two the later one counts
	}
	for _, m := range task.Mounts {
		var err error
		if m.Role != sdk.Scratch { // which has no source
			m.Source, err = e.source(m.Source)
		}
		if err != nil {
			return j, err
		}
		j.mounts = append(j.mounts, m)
	}
	slices.SortStableFunc(j.mounts, func(a, b sdk.Mount) int { return strings.Compare(a.Target, b.Target) }) // outer ones first
	return j, nil
}

// source resolves a mount's source and makes sure that it is one of the agent's
// folders: a symlink could lead anywhere.
func (e *Executor) source(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", sdk.Errorf(sdk.InvalidArgument, "mount: %w", err)
	}
	for _, root := range e.roots {
		if relative, err := filepath.Rel(root, real); err == nil && filepath.IsLocal(relative) {
			return real, nil
		}
	}
	return "", sdk.Errorf(sdk.InvalidArgument, "mount: %s leads out of the agent's folders", path)
}
