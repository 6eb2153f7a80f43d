package slurm

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/cluster"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/job"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/launch"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// Executor runs attempts as jobs of one Slurm cluster. It keeps nothing that
// cannot be found again in the attempts' folders and in the cluster; what it
// has in memory is one goroutine for each open attempt, and one that asks
// squeue for all of them.
type Executor struct {
	config   *Config
	site     sdk.Site
	cluster  *cluster.Cluster
	launcher launch.Launcher
	work     *workDir // on this host
	poller   *poller
	gate     *gate
	health   health
	attempts *attempts.Set[*attempt]
}

var (
	_ sdk.Executor    = (*Executor)(nil)
	_ sdk.LogReader   = (*Executor)(nil)
	_ sdk.ImageFinder = (*Executor)(nil)
)

// New returns an executor that reads its configuration from config when
// Configure is called. [Executor.Close] ends it.
func New(config *Config) *Executor {
	return &Executor{config: config, attempts: attempts.NewSet[*attempt]()}
}

// Plugin declares the executor for [sdk.Main].
func Plugin(version string) sdk.Plugin {
	config := &Config{}
	return sdk.Plugin{
		Name: "slurm", Version: version, Doc: "Runs tasks as containers in jobs of a Slurm cluster.",
		Config: config, Options: &Options{}, Executor: New(config),
	}
}

// Configure checks the configuration. It does not contact the cluster.
func (e *Executor) Configure(_ context.Context, site sdk.Site) error {
	if err := e.config.check(); err != nil {
		return sdk.Errorf(sdk.InvalidArgument, "slurm's configuration: %w", err)
	}
	work := either(e.config.WorkDir, site.WorkDir)
	if e.launcher == nil {
		launcher, err := launch.New(e.config.launch(work))
		if err != nil {
			return sdk.Errorf(sdk.InvalidArgument, "slurm's configuration: %w", err)
		}
		e.launcher = launcher
	}
	dir, err := openWorkDir(filepath.Join(work, safe(site.Name)+"~"+safe(site.Instance)), site.WorkDir)
	if err != nil {
		return sdk.Errorf(sdk.InvalidArgument, "work_dir: %w", err)
	}
	if _, seen := e.config.onNodes(dir.path); !seen {
		return sdk.Errorf(sdk.InvalidArgument, "work_dir: %s is outside of path_map, so that no node sees it", work)
	}
	e.site, e.work = site, dir
	e.cluster = &cluster.Cluster{Bin: e.config.Bin, Conf: e.config.Conf}
	e.gate = newGate(e.config.Rate, e.config.QueueLimit)
	e.poller = newPoller(e.config.Poll, e.jobPrefix(), func(ctx context.Context, words *cluster.Words, each func(cluster.Job)) error {
		return e.cluster.Queue(ctx, words, "", each)
	})
	e.attempts.Go(func() { e.poller.run(e.attempts.Life) })
	if e.config.Age > 0 {
		e.attempts.Go(func() { e.pruneCache(e.attempts.Life, e.config.launch(work).Cache) })
	}
	return nil
}

// Close ends all of the executor's own work and waits for it. Jobs stay as they
// are.
func (e *Executor) Close() error {
	e.attempts.Close()
	return nil
}

// launch is what the site says about the launcher.
func (c *Config) launch(work string) launch.Config {
	cache := either(c.Cache, filepath.Join(work, "images"))
	onNodes, _ := c.onNodes(cache)
	logins, _ := c.onNodes(c.Logins) // "" unless it is on the shared file system
	return launch.Config{
		Launcher: c.Launcher, Program: c.Program, Args: c.LauncherArgs, Cache: cache, NodeCache: onNodes,
		Logins: c.Logins, NodeLogins: logins, Insecure: c.Insecure,
	}
}

// safe makes a part of a file's or job's name of any text, different for
// different texts.
func safe(text string) string {
	return strings.NewReplacer("~", "%7E", "/", "%2F").Replace(url.PathEscape(text))
}

// jobPrefix is what the names of all jobs of the site begin with.
func (e *Executor) jobPrefix() string { return "raddeploy-" + safe(e.site.Name) + "-" }

func (e *Executor) jobName(id sdk.AttemptID) string { return e.jobPrefix() + string(id) }

const commentHead = "raddeploy site="

// comment is what jobs of an attempt bear, besides their name.
func (e *Executor) comment(id string) string {
	return commentHead + safe(e.site.Name) + " executor=" + safe(e.site.Instance) + " attempt=" + id
}

func (e *Executor) folderOf(id sdk.AttemptID) job.Folder {
	return job.Folder(filepath.Join(e.work.path, string(id)))
}

var errUnconfigured = sdk.Errorf(sdk.FailedPrecondition, "slurm: not configured yet")

// asError gives an error its kind: whatever is not known to be something else
// means that nobody can tell now.
func asError(err error, doing string) error {
	var known *sdk.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return sdk.Errorf(sdk.Unavailable, "%s: %w", doing, err)
}
