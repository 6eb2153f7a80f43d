package slurm

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Config is the site's configuration of the executor.
type Config struct {
	Launcher     string   `raddeploy:"launcher" required:"true" enum:"apptainer|podman|charliecloud|pyxis|oci" doc:"What runs containers on the nodes. oci: runc, with a bundle that the executor makes."`
	Program      string   `raddeploy:"launcher_program" doc:"The launcher's program on the nodes. Default: its usual name, found in the PATH of jobs, which is the system's usual one."`
	LauncherArgs []string `raddeploy:"launcher_args" doc:"Further arguments of the launcher's program, before the image."`
	Logins       string   `raddeploy:"registry_config" doc:"A config.json as docker login writes it, with credentials for registries. Default: the one in the home folder of the agent's user, if there is one."`
	Insecure     []string `raddeploy:"insecure_registries" doc:"Registries that are asked without TLS, as host:port."`

	WorkDir string            `raddeploy:"work_dir" doc:"Folder for jobs and their output, on a file system that the nodes share with this host. Default: the executor's folder in the agent's spool."`
	PathMap map[string]string `raddeploy:"path_map" doc:"What this host's folders are called on the nodes. If given, nothing outside of them can be mounted. Default: the nodes see all folders under the same names."`
	Scratch string            `raddeploy:"scratch" default:"/tmp" doc:"The nodes' own folder for private copies of inputs and for scratch mounts; it may name Slurm's variables, such as $TMPDIR."`
	Cache   string            `raddeploy:"cache" doc:"Folder for fetched and converted images, on the shared file system. Default: images in work_dir."`
	Age     time.Duration     `raddeploy:"cache_age" default:"30d" doc:"Images in cache that no job has used for so long are removed. 0: never."`
	Images  []string          `raddeploy:"image_dirs" doc:"Folders on the nodes whose SIFs, squashfs and unpacked images flows may name by absolute paths. Default: none."`
	Stage   bool              `raddeploy:"stage_outputs" doc:"Write outputs to scratch and move them to the shared file system at the end."`

	Partition  string            `raddeploy:"partition" doc:"Partition of jobs. Default: the cluster's."`
	Account    string            `raddeploy:"account" doc:"Account that jobs are charged to. Default: the user's."`
	QOS        string            `raddeploy:"qos" doc:"Quality of service of jobs. Default: the account's."`
	Constraint string            `raddeploy:"constraint" doc:"Features that nodes must have, such as avx2."`
	Args       []string          `raddeploy:"args" doc:"Further arguments of sbatch for all jobs, such as --reservation=radiology."`
	Allowed    []string          `raddeploy:"allowed_args" doc:"Arguments of sbatch that a model's options may give, such as --exclusive or --licenses."`
	Nice       map[string]int    `raddeploy:"priority_nice" doc:"What a flow's priority, 0 to 5, makes of jobs: the nice value, such as {0 = 1000, 5 = 0}. Only administrators can give less than 0."`
	PriorityTo map[string]string `raddeploy:"priority_qos" doc:"What a flow's priority, 0 to 5, makes of jobs: the quality of service, such as {5 = \"urgent\"}."`
	GPUs       string            `raddeploy:"gpus" enum:"gpus|gres|none" default:"gpus" doc:"How GPUs are asked for: by --gpus, by --gres, or not at all."`
	GPUType    string            `raddeploy:"gpu_type" doc:"Type of the GPUs that are asked for, such as a100. Default: any."`

	Margin     time.Duration `raddeploy:"time_margin" default:"15m" doc:"What a job's time limit has beyond the task's timeout: for the image, copies and the end."`
	TimeLimit  time.Duration `raddeploy:"time_limit" doc:"Time limit of jobs whose task has no timeout. Default: the partition's."`
	Grace      time.Duration `raddeploy:"stop_grace" default:"10s" doc:"How long a process that exceeds its time is asked to end before it is killed."`
	Poll       time.Duration `raddeploy:"poll" default:"2s" doc:"How often squeue is asked while something changes; five times as long otherwise. One call is for all attempts."`
	Settle     time.Duration `raddeploy:"settle" default:"30s" doc:"How long the record of a job's end may take to be seen on the shared file system, once Slurm says that it has ended."`
	Hopeless   time.Duration `raddeploy:"hopeless_after" default:"2m" doc:"How long a job may be pending for a reason that no time clears, such as PartitionConfig, before it fails."`
	Rate       float64       `raddeploy:"submit_rate" default:"10" doc:"How many jobs are submitted a second at most."`
	QueueLimit int           `raddeploy:"queue_limit" doc:"How many jobs there are at once at most; further tasks wait in the agent. 0: no limit."`

	LogSize sdk.Size `raddeploy:"log_max_size" default:"500m" doc:"How much of each of a job's two outputs stays in work_dir while it runs, beside what the agent has not read yet. What is before is given back to the file system, if that can make holes in files."`

	Bin  string `raddeploy:"bin" doc:"Folder of Slurm's commands. Default: they are found in the PATH."`
	Conf string `raddeploy:"slurm_conf" doc:"Path of slurm.conf. Default: the commands' own."`
}

var (
	scratchPath = regexp.MustCompile(`^[/$][A-Za-z0-9_./${}-]*$`)
	plainArg    = regexp.MustCompile(`^--[a-z][a-z0-9-]*(=.*)?$`)
)

// owned are arguments of sbatch that the executor gives, without which it could
// not find or end its jobs.
var owned = []string{
	"--array", "--chdir", "--comment", "--error", "--export", "--export-file", "--job-name", "--no-requeue", "--output", "--parsable",
	"--requeue", "--uid", "--gid", "--get-user-env", "--open-mode", "--version", "--help", "--usage", "--wait", "--wrap", "--test-only", "--hold", "--input", "--cluster", "--clusters", "--nodes", "--ntasks", "--signal",
}

func (c *Config) check() error {
	for priority := range c.Nice {
		if !isPriority(priority) {
			return fmt.Errorf("priority_nice: %q is no priority: they are 0 to 5", priority)
		}
	}
	for priority := range c.PriorityTo {
		if !isPriority(priority) {
			return fmt.Errorf("priority_qos: %q is no priority: they are 0 to 5", priority)
		}
	}
	for from, to := range c.PathMap {
		if !filepath.IsAbs(from) || !filepath.IsAbs(to) {
			return fmt.Errorf("path_map: %q = %q: both must be absolute paths", from, to)
		}
	}
	for _, dir := range c.Images {
		if !filepath.IsAbs(dir) || filepath.Clean(dir) != dir {
			return fmt.Errorf("image_dirs: %q must be an absolute path without dots", dir)
		}
	}
	for _, arg := range c.Args {
		if err := checkArg(arg); err != nil {
			return fmt.Errorf("args: %w", err)
		}
	}
	for _, arg := range c.Allowed {
		if err := checkArg(arg); err != nil || strings.Contains(arg, "=") {
			return fmt.Errorf("allowed_args: %q must be the name of an argument of sbatch that the executor does not give itself, such as --licenses", arg)
		}
	}
	switch {
	case c.WorkDir != "" && !filepath.IsAbs(c.WorkDir):
		return errors.New("work_dir must be an absolute path")
	case c.Cache != "" && !filepath.IsAbs(c.Cache):
		return errors.New("cache must be an absolute path")
	case !scratchPath.MatchString(c.Scratch):
		return errors.New("scratch must be an absolute path of plain characters, or begin with a variable such as $TMPDIR")
	case c.Poll < 100*time.Millisecond:
		return errors.New("poll must be 100ms or more: each is a call of the controller")
	case c.Rate <= 0:
		return errors.New("submit_rate must be more than 0")
	case c.LogSize < 1<<20:
		return errors.New("log_max_size must be 1m or more")
	case c.QueueLimit < 0, c.Margin < 0, c.Grace < 0, c.Settle < 0, c.Hopeless < 0, c.TimeLimit < 0, c.Age < 0:
		return errors.New("queue_limit and times must be 0 or more")
	}
	return nil
}

// image says what is wrong with an image that is a path: it would show the
// container, and so the flow, whatever the nodes have.
func (c *Config) image(image string) *sdk.Diagnostic {
	within := func(dir string) bool { return strings.HasPrefix(image, strings.TrimSuffix(dir, "/")+"/") }
	switch {
	case !strings.HasPrefix(image, "/"):
		return nil
	case filepath.Clean(image) != image || strings.ContainsAny(image, ":,\\\"\n"):
		return &sdk.Diagnostic{Path: []string{"image"}, Summary: "an image's path must be plain: without dots, colons, commas, quotes and backslashes"}
	case !slices.ContainsFunc(c.Images, within):
		return &sdk.Diagnostic{Path: []string{"image"}, Summary: "the image " + image + " is in no folder of images of this site", Detail: "the executor's word image_dirs names them"}
	}
	return nil
}

func isPriority(text string) bool { return len(text) == 1 && text[0] >= '0' && text[0] <= '5' }

// checkArg says what is wrong with a further argument of sbatch.
func checkArg(arg string) error {
	name, _, _ := strings.Cut(arg, "=")
	switch {
	case !plainArg.MatchString(arg) || strings.ContainsAny(arg, "\x00\n"):
		return fmt.Errorf("%q is no argument in the form --name or --name=value", arg)
	case slices.ContainsFunc(owned, func(own string) bool { return strings.HasPrefix(own, name) }):
		// sbatch takes abbreviations
		return fmt.Errorf("%s is given by the executor itself", name)
	}
	return nil
}
