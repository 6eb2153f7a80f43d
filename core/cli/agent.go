package cli

import (
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/agent"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/service"
)

// agentCommand runs the agent.
type agentCommand struct{ base }

func (c *agentCommand) Synopsis() string { return "Run the agent" }

func (c *agentCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy agent -config PATH [-config PATH …]
       raddeploy agent -dev [-config PATH …]

  Runs the agent of a site: it receives DICOM objects, runs the flows that they trigger and
  sends the results. It ends at SIGTERM or SIGINT; running tasks then go on in their runtimes,
  and the next start finds them. At SIGHUP it reads its configuration again, as "raddeploy
  reload" has it do.

Options:

  -config PATH   a file in HCL or a folder of such files; may be repeated
  -dev           no file needed: by default everything is on 127.0.0.1. The state is in a
                 temporary folder, whatever -config says beside it, and is removed at the
                 end; tasks end with it
` + exitCodes)
}

func (c *agentCommand) Run(args []string) int {
	set := c.flags("agent", c.Help)
	var paths stringList
	set.Var(&paths, "config", "")
	dev := set.Bool("dev", false, "")
	rest, code, ok := c.parse(set, args)
	switch {
	case !ok:
		return code
	case len(rest) > 0:
		return c.usage("agent takes no arguments: give the configuration with -config")
	case len(paths) == 0 && !*dev:
		return c.usage("agent needs -config PATH, or -dev to try it without one")
	}
	site, cleanup, code := c.site(paths, *dev)
	if site == nil {
		return code
	}
	defer cleanup()
	out, err := c.logFile(site.Log.File)
	if err != nil {
		return c.complain(err)
	}
	recent := &agent.Recent{}
	logger := hclog.New(&hclog.LoggerOptions{
		Name:       "raddeploy",
		Level:      hclog.LevelFromString(site.Log.Level),
		JSONFormat: site.Log.Format == "json",
		Output:     io.MultiWriter(out, recent),
	})
	// Containers of any user read what is laid for them, whatever the umask of who
	// starts the agent: the data folder's own mode keeps others out.
	syscall.Umask(0o022)
	// A terminal that closes ends no hospital's agent.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	a, err := agent.New(c.ctx, site, Version, logger)
	if err != nil {
		return c.complain(err)
	}
	a.EndTasks, a.Recent = *dev, recent
	a.Reread = func() (*config.Site, error) { return reread(paths, site, *dev) }
	a.Hangups, a.Manager = hangups, service.Of(os.LookupEnv)
	if err := a.Run(c.ctx); err != nil {
		return c.complain(err)
	}
	return exitOK
}

// logFile opens the file that the agent's log is appended to, or is standard error.
func (c *agentCommand) logFile(path string) (io.Writer, error) {
	if path == "" {
		return c.errs, nil
	}
	return os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
}

// site reads the configuration. Without a site, the command ends with code.
func (c *agentCommand) site(paths []string, dev bool) (site *config.Site, cleanup func(), code int) {
	site, diagnostics := config.Load(paths, os.LookupEnv)
	if err := diagnostics.Fprint(c.errs); err != nil {
		return nil, nil, c.complain(err)
	}
	if diagnostics.HasErrors() {
		return nil, nil, exitUsage
	}
	if !dev {
		return site, func() {}, exitOK
	}
	dir, err := os.MkdirTemp("", "raddeploy-dev-")
	if err != nil {
		return nil, nil, c.complain(err)
	}
	site.DataDir, site.Retention.Reserve = dir, 0
	trial(site)
	return site, func() { os.RemoveAll(dir) }, exitOK
}

// trial leaves the pages of a trial open to who tries, unless the files say: its tasks
// are that person's, too.
func trial(site *config.Site) {
	if open := false; !site.TokenRequired() {
		site.HTTP.RequireToken = &open
	}
}

// reread reads the configuration of an agent again that was started with site.
func reread(paths []string, site *config.Site, dev bool) (*config.Site, error) {
	next, diagnostics := config.Load(paths, os.LookupEnv)
	if err := diagnostics.Err(); err != nil {
		return nil, err
	}
	if dev {
		next.DataDir, next.Retention.Reserve = site.DataDir, site.Retention.Reserve
		trial(next)
	}
	return next, nil
}

// stringList is a flag that may be repeated.
type stringList []string

func (l *stringList) String() string { return strings.Join(*l, ",") }

func (l *stringList) Set(value string) error {
	*l = append(*l, filepath.Clean(value))
	return nil
}
