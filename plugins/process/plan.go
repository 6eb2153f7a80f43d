package process

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/plugins/process/internal/shim"
	"github.com/raddeploy/raddeploy/sdk"
)

// programs are the places where a host keeps its programs and what these need
// to run. All else of the host, other tasks' folders and people's homes above
// all, is not shown unless the site's config names it.
var programs = []string{
	"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/usr", "/etc", "/opt", "/nix",
}

// plan translates a task into what the shim does. It needs nothing to be
// started, and changes nothing.
func (e *Executor) plan(task *sdk.Task) (*shim.Plan, error) {
	if task.WorkDir == "" {
		return nil, sdk.Errorf(sdk.InvalidArgument, "the task has no work folder")
	}
	plan := &shim.Plan{
		Env:          environment(task),
		Dir:          filepath.Join("/", task.Container.WorkingDir),
		Scratch:      filepath.Join(task.WorkDir, "process"),
		CopyInputs:   e.config.CopyInputs,
		Unprivileged: !shim.Privileged(),
		NoNetwork:    task.Container.NetworkDisabled,
		GPU:          len(task.GPUs) > 0,
		Limits:       task.Resources,
		Name:         string(task.Attempt),
		Timeout:      task.Timeout,
		Show:         programs,
		Hide:         append(slices.Clone(e.site.Roots), e.site.WorkDir),
	}
	if e.unlimited() == nil {
		plan.Cgroup = e.config.Cgroup
	}
	var err error
	if plan.UID, plan.GID, plan.Groups, err = lookUser(task.Container.User); err != nil {
		return nil, sdk.Errorf(sdk.InvalidArgument, "%w", err)
	}
	if plan.Args, err = e.arguments(&task.Container); err != nil {
		plan.NoImage = err.Error()
	}
	if plan.Mounts, err = e.shown(plan.Args); err != nil {
		return nil, sdk.Errorf(sdk.InvalidArgument, "%w", err)
	}
	for _, m := range task.Mounts {
		if problem := badTarget(m.Target); problem != "" {
			return nil, sdk.Errorf(sdk.InvalidArgument, "mount %s at %s: %s", m.Name, m.Target, problem)
		}
		if m.Source, err = e.source(m); err != nil {
			return nil, sdk.Errorf(sdk.InvalidArgument, "mount %s: %w", m.Name, err)
		}
		m.Target = filepath.Clean(m.Target)
		plan.Mounts = append(plan.Mounts, m)
	}
	return plan, nil
}

// arguments says what a container's image, entrypoint and command come to on
// this host, or why to nothing.
func (e *Executor) arguments(c *sdk.Container) ([]string, error) {
	program, listed := e.program(c.Image)
	entrypoint := c.Entrypoint
	if listed && entrypoint == nil {
		entrypoint = []string{program}
	}
	switch args := slices.Concat(entrypoint, c.Command); {
	case !listed && e.config.OnlyImages:
		return nil, fmt.Errorf("image %q is not listed in the executor's config { images = {…} }, and only_images is set: "+
			"list it with the program that stands for it, or run the flow where there is a container runtime", c.Image)
	case len(args) == 0:
		return nil, fmt.Errorf("image %q has no program here: this executor has no images, so give the model a command that this host "+
			"has, list the image in the executor's config { images = {…} }, or run the flow where there is a container runtime", c.Image)
	default:
		return args, nil
	}
}

// program is what the site's config has for an image.
func (e *Executor) program(image string) (program string, listed bool) {
	program, listed = e.config.Images[image]
	if !listed && !strings.Contains(image[strings.LastIndexByte(image, '/')+1:], ":") {
		program, listed = e.config.Images[image+":latest"]
	}
	return program, listed
}

// stands reports whether a program stands for an image.
func (e *Executor) stands(program string) bool {
	return slices.Contains(slices.Collect(maps.Values(e.config.Images)), program)
}

// shown are the mounts of what the site's config shows to tasks: some paths,
// and the program that stands for the image.
func (e *Executor) shown(args []string) (mounts []sdk.Mount, err error) {
	paths := slices.Clone(e.config.Show)
	if len(args) > 0 && e.stands(args[0]) {
		paths = append(paths, args[0])
	}
	// A symlink in /etc as a rule, into what belongs to the one of several
	// services that looks after it.
	if resolver, err := filepath.EvalSymlinks("/etc/resolv.conf"); err == nil {
		paths = append(paths, resolver)
	}
	for _, path := range paths {
		m := sdk.Mount{Role: sdk.Static, Name: "config", Target: filepath.Clean(path)}
		if m.Source, err = filepath.EvalSymlinks(path); err != nil {
			return nil, err
		}
		if m.Source != m.Target || !slices.ContainsFunc(programs, func(p string) bool { return within(m.Source, p) }) {
			mounts = append(mounts, m)
		}
	}
	return mounts, nil
}

// source resolves a mount's source, and makes sure that it is one of the
// agent's own folders: a symlink could lead anywhere.
func (e *Executor) source(m sdk.Mount) (string, error) {
	if m.Role == sdk.Scratch {
		return "", nil
	}
	source, err := filepath.EvalSymlinks(m.Source)
	if err != nil {
		return "", err
	}
	for _, root := range e.site.Roots {
		if within(source, root) {
			return source, nil
		}
	}
	return "", errors.New("its source is not within the agent's folders")
}

// environment is the task's, completed by what every image has.
func environment(task *sdk.Task) []string {
	all := []sdk.EnvVar{
		{Name: "PATH", Value: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		{Name: "HOME", Value: "/root"},
	}
	if task.Container.User != "" && task.Container.User != "0" && task.Container.User != "root" {
		all[1].Value = "/tmp" // the only place where another user can write
	}
	if len(task.GPUs) > 0 {
		var ids []string
		for _, gpu := range task.GPUs {
			ids = append(ids, cmp.Or(gpu.UUID, gpu.Index))
		}
		list := strings.Join(ids, ",")
		all = append(all, sdk.EnvVar{Name: "NVIDIA_VISIBLE_DEVICES", Value: list}, sdk.EnvVar{Name: "CUDA_VISIBLE_DEVICES", Value: list})
	}
	var env []string
	for i, v := range append(all, task.Container.Env...) {
		again := func(o sdk.EnvVar) bool { return o.Name == v.Name }
		if i < len(all) && slices.ContainsFunc(task.Container.Env, again) {
			continue
		}
		env = append(env, v.Name+"="+v.Value)
	}
	return env
}

// within reports whether a path is a folder or lies in it.
func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/")
}
