package slurm

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/bash"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/job"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/launch"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/mounting"
)

// plan is what was asked for: all that is needed to submit the job, now or by
// another plugin process.
type plan struct {
	Attempt sdk.AttemptID `json:"attempt"`
	Site    string        `json:"site"`
	Args    []string      `json:"args"`              // of sbatch
	Exclude []string      `json:"exclude,omitempty"` // nodes to leave out if there are others
	Timeout time.Duration `json:"timeout,omitempty"`
	// Script is all of the job's script but what the launcher has to say, and
	// Container what that is made of, once the image is there.
	Script    job.Script       `json:"script"`
	Container launch.Container `json:"container"`

	opens []string // folders that the container's user has to be able to write to
}

// request turns a task into a plan. It has no effects.
func (e *Executor) request(task *sdk.Task) (*plan, sdk.Diagnostics) {
	found := e.launcher.Complaints(task)
	if task.Container.Image == "" {
		found = append(found, sdk.Diagnostic{Path: []string{"image"}, Summary: "there is no image"})
	}
	if complaint := e.config.image(task.Container.Image); complaint != nil {
		found = append(found, *complaint)
	}
	folder, _ := e.config.onNodes(string(e.folderOf(task.Attempt)))
	p := &plan{Attempt: task.Attempt, Site: e.site.Name, Timeout: task.Timeout, Script: job.Script{
		Folder: folder, Attempt: string(task.Attempt), Scratch: e.config.Scratch, Timeout: task.Timeout, Grace: e.config.Grace,
	}}
	mounts, complaints := e.mounts(task, &p.Script, p)
	found = append(found, complaints...)
	options, _ := task.Options.(*Options)
	if options == nil {
		options = &Options{}
	}
	found = append(found, options.check(e.config.Allowed)...)
	args, complaints := e.args(task, options, folder)
	found = append(found, complaints...)
	p.Args, p.Exclude = args, nodeNames(task.AvoidNodes)

	c := task.Container
	p.Container = launch.Container{
		Name: "raddeploy-" + string(task.Attempt), Image: c.Image, Pull: c.Pull, Entrypoint: c.Entrypoint, Command: c.Command, Env: c.Env,
		User: c.User, WorkingDir: c.WorkingDir, NetworkDisabled: c.NetworkDisabled, Resources: task.Resources, GPUs: task.GPUCount,
		Mounts: mounts,
	}
	return p, found
}

// mounts says what each mount is on the node, and what the script does for it.
func (e *Executor) mounts(task *sdk.Task, script *job.Script, p *plan) (mounts []launch.Mount, found sdk.Diagnostics) {
	for i, m := range task.Mounts {
		source, complaint := mounting.Check(task.Mounts, i, e.site.Roots)
		if complaint != nil {
			found = append(found, *complaint)
			continue
		}
		shared, seen := e.config.onNodes(source)
		if m.Role != sdk.Scratch && !seen {
			found = append(found, sdk.Diagnostic{
				Path:    mounting.Path(m),
				Summary: fmt.Sprintf("the folder of %q cannot be mounted: no node sees %s, which is outside of the site's path_map", m.Name, source),
				Detail:  "put the agent's folders on a file system that is shared with the nodes, and name it in path_map",
			})
			continue
		}
		name := "mount" + strconv.Itoa(i)
		mount := launch.Mount{Source: job.Place(name), Target: m.Target}
		switch m.Role {
		case sdk.Input:
			script.Inputs = append(script.Inputs, job.Copy{Shared: shared, Name: name})
		case sdk.Output:
			p.opens = append(p.opens, source)
			if e.config.Stage {
				script.Folders = append(script.Folders, name)
				script.Outputs = append(script.Outputs, job.Copy{Shared: shared, Name: name})
			} else {
				mount.Source = bash.Quote(shared)
				script.Direct = append(script.Direct, shared)
			}
		case sdk.Static:
			mount.Source, mount.ReadOnly = bash.Quote(shared), true
		case sdk.Scratch:
			script.Folders = append(script.Folders, name)
		}
		mounts = append(mounts, mount)
	}
	return mounts, found
}

// args are sbatch's arguments.
func (e *Executor) args(task *sdk.Task, o *Options, folder string) (args []string, found sdk.Diagnostics) {
	c, r := e.config, task.Resources
	add := func(name, value string) {
		if value != "" {
			args = append(args, "--"+name+"="+value)
		}
	}
	add("job-name", e.jobName(task.Attempt))
	add("comment", e.comment(string(task.Attempt)))
	add("chdir", folder)
	add("output", strings.ReplaceAll(folder, "%", "%%")+"/"+job.LogFile)
	add("open-mode", "append")
	// of the few variables that sbatch is given; NONE would have the node run a
	// login shell
	add("export", "ALL")
	add("input", "/dev/null")
	args = append(args, "--no-requeue", "--nodes=1", "--ntasks=1")
	add("time", timeLimit(task.Timeout, c))
	cpus := r.NanoCPUs
	if cpus == 0 && r.CPUPeriod > 0 {
		cpus = r.CPUQuota * 1e9 / r.CPUPeriod
	}
	if cpus > 0 {
		add("cpus-per-task", strconv.FormatInt((cpus+1e9-1)/1e9, 10))
	}
	if r.Memory > 0 {
		add("mem", strconv.FormatInt((r.Memory+1<<20-1)>>20, 10)+"M")
	}
	priority := strconv.Itoa(task.Priority)
	if nice, given := c.Nice[priority]; given {
		add("nice", strconv.Itoa(nice))
	}
	add("partition", either(o.Partition, c.Partition))
	add("account", either(o.Account, c.Account))
	add("qos", either(o.QOS, either(c.PriorityTo[priority], c.QOS)))
	add("constraint", either(o.Constraint, c.Constraint))
	gpus, complaint := e.gpus(task, o)
	if complaint != nil {
		found = append(found, *complaint)
	}
	gres := o.Gres
	if gpus != "" && c.GPUs == "gres" {
		gres = "gpu:" + gpus
		if o.Gres != "" {
			gres += "," + o.Gres
		}
	} else {
		add("gpus", gpus)
	}
	add("gres", gres)
	return append(append(args, c.Args...), o.Args...), found
}

// gpus is the request for GPUs, such as "a100:2".
func (e *Executor) gpus(task *sdk.Task, o *Options) (string, *sdk.Diagnostic) {
	most := e.health.gpus()
	switch {
	case len(task.GPUs) > 0:
		return "", &sdk.Diagnostic{Path: []string{"gpu"}, Summary: "a cluster assigns GPUs itself: it cannot be given this host's"}
	case task.GPUCount == 0:
		return "", nil
	case e.config.GPUs == "none":
		return "", &sdk.Diagnostic{Path: []string{"gpu"}, Summary: "this site asks the cluster for no GPUs", Detail: "the executor's word gpus says so"}
	case most >= 0 && task.GPUCount > most && either(o.Partition, e.config.Partition) == e.config.Partition:
		// of others sinfo was not asked
		return "", &sdk.Diagnostic{Path: []string{"gpu"}, Summary: fmt.Sprintf("%d GPUs are asked for, and no node of the cluster has more than %d", task.GPUCount, most)}
	}
	count := strconv.Itoa(task.GPUCount)
	if e.config.GPUType != "" {
		return e.config.GPUType + ":" + count, nil
	}
	return count, nil
}

// timeLimit is a job's, in minutes: Slurm knows no less.
func timeLimit(timeout time.Duration, c *Config) string {
	limit := c.TimeLimit
	if timeout > 0 {
		limit = timeout + c.Grace + c.Margin
	}
	if limit == 0 {
		return ""
	}
	return strconv.FormatInt(int64(math.Ceil(limit.Minutes())), 10)
}

var nodeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

func nodeNames(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !nodeName.MatchString(name) })
}

func either(first, second string) string {
	if first != "" {
		return first
	}
	return second
}
