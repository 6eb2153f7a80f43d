// Package launch writes the part of a job script that runs a container on a
// node of the cluster. A container in neutral words comes in; bash comes out.
// The package submits nothing and runs nothing on a node itself: the one thing
// it does here is [Launcher.Fetch], which lays an image into the shared cache
// for the launchers that run a plain folder.
//
// Where images come from. Compute nodes often see neither a registry nor the
// Internet, and seldom have the tools that unpack images. So for charliecloud
// and oci the plugin itself fetches an image, once and by its digest, and
// flattens it into CACHE/sha256-…/rootfs on the shared file system (a temporary
// folder, then a rename, under a lock); jobs are submitted when it is there.
// podman, apptainer and pyxis have image stores of their own and fetch on the
// node. With any launcher an image may also be an absolute path on the shared
// file system, of a SIF, a squashfs or an unpacked folder, as the launcher
// understands it.
package launch

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/bash"
	"github.com/raddeploy/raddeploy/sdk"
)

// Container is what a launcher runs on a node, in the node's paths.
type Container struct {
	Name string // unique on a node: the attempt's id
	// as the flow says it: a reference, or an absolute path on the shared file
	// system
	Image      string
	Pull       sdk.PullPolicy
	Entrypoint []string // nil: the image's
	Command    []string // nil: the image's
	Env        []sdk.EnvVar
	// "": the image's, or whoever the job runs as where the launcher knows no other
	User       string
	WorkingDir string // "": the image's

	NetworkDisabled bool
	Resources       sdk.Resources
	GPUs            int
	Mounts          []Mount

	// Fetched is what [Launcher.Fetch] answered.
	Fetched Fetched
}

// Mount is one folder of the node in the container.
type Mount struct {
	// Source is one word of bash, quoted where it needs to be:
	// bash.Quote(path), or a path below "$RADDEPLOY_SCRATCH" in double quotes.
	Source   string
	Target   string // absolute path in the container
	ReadOnly bool
	// Private gives the container a copy on the node's scratch, which it may
	// change and which nobody keeps.
	Private bool
}

// Fetched is an image that lies in the cache.
type Fetched struct {
	Root   string // the flattened image, in the nodes' paths; "": the launcher fetches on the node
	Digest string // such as "sha256:…"; "": unknown
	Config ImageConfig

	repository    string // with its registry
	passwd, group string // the image's files of users
}

// Launcher turns containers into bash.
//
// What it writes are pieces of a job script: each is run by bash in a subshell
// of its own, ( PIECE ), under `set -u`, in the order Prepare, Run, Cleanup.
// They carry nothing over in variables and see these:
//
//	RADDEPLOY_SCRATCH  a folder of this attempt's own on the node's disk, empty
//	                   at the start; the script removes it
//	RADDEPLOY_MESSAGE  a file for one line to the operator, when something does
//	                   not work
//	RADDEPLOY_OOM      a file that Cleanup makes if the kernel killed the
//	                   container for its memory limit
type Launcher interface {
	// Complaints says what of a task this launcher cannot give, as ValidateTask
	// answers.
	Complaints(t *sdk.Task) sdk.Diagnostics

	// Fetch makes ready on the agent's side what the nodes cannot, before the
	// job is submitted; it may take minutes and is to be called again after a
	// crash. Nothing to do: the zero Fetched. Several may fetch one image. An
	// error means that the image is unavailable, unless ctx ended; a warning
	// that an older copy is used because its registry did not answer.
	Fetch(ctx context.Context, c *Container, progress func(sdk.Progress)) (f Fetched, warning string, err error)

	// Prepare is bash that makes the image and the private copies available on
	// the node. It writes nothing to standard output, and exits with 0, or with
	// 125 after a line to RADDEPLOY_MESSAGE.
	Prepare(c *Container) string

	// Run is bash that becomes the container, or ends with it. Standard input
	// is empty, standard output and error are the container's, a TERM to it
	// reaches the container's first process, and its exit code is the
	// container's: 128 + n for signal n, 125 if the launcher could not start
	// it.
	Run(c *Container) string

	// Cleanup is bash that takes away what a killed Run may have left on the
	// node. It never fails.
	Cleanup(c *Container) string
}

// Config is what the site says about the launcher.
type Config struct {
	Launcher string   // one of Names
	Program  string   // the launcher's program on the nodes; "": its usual name, found by PATH
	Args     []string // further arguments of the program, before the image

	// folder of fetched and converted images on the shared file system, as the
	// agent sees it
	Cache     string
	NodeCache string // the same folder as the nodes see it; "": Cache

	Logins     string   // a config.json as docker login writes it; "": the one of the user
	NodeLogins string   // the same file as the nodes see it; "": they have none
	Insecure   []string // registries that are asked without TLS, as host:port
}

// Names lists the launchers.
func Names() []string {
	return []string{"apptainer", "charliecloud", "oci", "podman", "pyxis"}
}

// New returns the launcher that the site names.
func New(config Config) (Launcher, error) {
	if !slices.Contains(Names(), config.Launcher) {
		return nil, fmt.Errorf("launcher %q is unknown: take one of %s", config.Launcher, strings.Join(Names(), ", "))
	}
	if config.NodeCache == "" {
		config.NodeCache = config.Cache
	}
	if strings.ContainsAny(config.NodeCache, ":,\\\"\n") {
		return nil, fmt.Errorf("the cache %q has a character that mounts do not allow: take another folder", config.NodeCache)
	}
	from := newRegistry(config)
	switch config.Launcher {
	case "charliecloud":
		return &charliecloud{config, flat{from}}, nil
	case "oci":
		return &oci{config, flat{from}}, nil
	case "podman":
		return &podman{config, from}, nil
	case "pyxis":
		return &pyxis{config, from}, nil
	default:
		return &apptainer{config, from}, nil
	}
}

// isInsecure tells whether the image's registry is asked without TLS.
func (c *Config) isInsecure(of *Container) bool {
	return slices.ContainsFunc(c.Insecure, func(host string) bool { return strings.HasPrefix(of.Fetched.repository, host+"/") })
}

// program is bash that finds the launcher's program on the node.
func (c *Config) program(usual string) string {
	if c.Program != "" {
		usual = c.Program
	}
	return "$(command -v " + bash.Quote(usual) + ") || fail \"node $(hostname) has no \"" + bash.Quote(usual) + "\": see where the site's launcher is installed\""
}
