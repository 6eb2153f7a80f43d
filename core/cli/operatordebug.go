package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// operatorDebugCommand writes an archive for a bug report.
type operatorDebugCommand struct{ base }

func (c *operatorDebugCommand) Synopsis() string {
	return "Write an archive for a bug report, without patient data"
}

func (c *operatorDebugCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy operator debug [options]

  Writes one archive (tar.gz, mode 0600) with what a bug report needs: versions, the site's
  configuration, flows, status, executors, metrics, the last lines of the agent's log, where
  its goroutines are, the state database's schema with its checks, sizes and numbers of rows,
  and the disk. Needs the role admin. What could not be had, because the agent does not
  answer or the site's file is not named, is said, and the rest is written.

  No rows, objects, results, logs of models, or tokens are in it. Passwords, tokens, values
  of environments, patterns on patients' tags and owners of flows are taken out; hosts and
  addresses become host-1, host-2 and so on. AE titles and names of flows, destinations and
  images stay. README.txt in the archive says so too: look through it before you send it.

Options:

  -out FILE      the archive (default raddeploy-debug-TIME.tar.gz, in this folder)
  -config PATH   the site's configuration; may be repeated (default ` + usualSite + `)
  -lines NUMBER  that many lines of the log at most (default 1000)` + remoteHelp + `
` + exitCodes)
}

// usualSite is where packages put the site's configuration.
const usualSite = "/etc/raddeploy/site.hcl"

// gathered is what the command says about its work.
type gathered struct {
	File    string   `json:"file"`
	Bytes   int64    `json:"bytes"`
	Files   []string `json:"files"`
	Missing []string `json:"missing"` // a line each
}

func (c *operatorDebugCommand) Run(args []string) int {
	var r remote
	var paths stringList
	set := c.flags("operator debug", c.Help)
	r.register(set)
	set.Var(&paths, "config", "")
	out := set.String("out", "", "")
	lines := set.Int("lines", 1000, "")
	rest, code, ok := c.parse(set, args)
	switch {
	case !ok:
		return code
	case len(rest) > 0:
		return c.usage("operator debug takes no arguments: name the archive with -out")
	case *lines < 0:
		return c.usage("-lines takes a number of lines")
	}
	if len(paths) == 0 && exists(usualSite) {
		paths = stringList{usualSite}
	}
	now := time.Now()
	name := "raddeploy-debug-" + now.Format("20060102-150405")
	if *out == "" {
		*out = name + ".tar.gz"
	}
	file, err := os.OpenFile(*out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return c.usage("%s is there already: name another file with -out", *out)
	}
	if err != nil {
		return c.complain(err)
	}
	d := &debugging{ctx: c.ctx, client: r.client(), config: paths, lines: *lines, now: now}
	d.gather()
	err = errors.Join(d.archive(file, name), file.Close())
	if err != nil {
		return c.complain(errors.Join(err, os.Remove(*out)))
	}
	return c.report(r, d, *out)
}

func (c *operatorDebugCommand) report(r remote, d *debugging, out string) int {
	info, err := os.Stat(out)
	if err != nil {
		return c.complain(err)
	}
	said := gathered{File: filepath.Clean(out), Bytes: info.Size(), Files: []string{}, Missing: append([]string{}, d.missing...)}
	for _, f := range d.files {
		said.Files = append(said.Files, f.name)
	}
	if r.json {
		return c.printJSON(said)
	}
	for _, line := range d.missing {
		say(c.out, "not in it: %s\n", line)
	}
	fmt.Fprintf(c.out, "%s: %d bytes. Look through it before you send it.\n", said.File, said.Bytes)
	return exitOK
}
