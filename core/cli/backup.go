package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/datafolder"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/spool"
)

// backupCommand writes a copy of the state database.
type backupCommand struct{ base }

func (c *backupCommand) Synopsis() string { return "Write a copy of the state database to a file" }

func (c *backupCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy backup [options] FILE

  Writes a copy of the state database to FILE while the agent goes on working: all that was
  recorded when the command began. FILE appears when it is whole, checked and on stable
  storage, with mode 0600; it is written here and by you, not by the agent.

  The copy comes from the agent, or with -config from the site's data folder, whether or not
  an agent runs there. Objects and results are not in it: docs/operate.md says what else to
  keep, and how to restore.

Options:

  -config PATH   read the data folder of this site's configuration; may be repeated
  -force         replace FILE if it is there
` + remoteHelp + `
` + exitCodes)
}

// copied is what the command says about its work.
type copied struct {
	File  string `json:"file"`
	Bytes int64  `json:"bytes"`
}

func (c *backupCommand) Run(args []string) int {
	var r remote
	var paths stringList
	set := c.flags("backup", c.Help)
	r.register(set)
	set.Var(&paths, "config", "")
	force := set.Bool("force", false, "")
	rest, code, ok := c.parse(set, args)
	switch {
	case !ok:
		return code
	case len(rest) != 1:
		return c.usage("backup takes the name of one file")
	}
	take := func(ctx context.Context, to *os.File) error { return fromAgent(ctx, r, to) }
	if len(paths) > 0 {
		site, diagnostics := config.Load(paths, os.LookupEnv)
		if err := diagnostics.Fprint(c.errs); err != nil {
			return c.complain(err)
		}
		if site == nil {
			return exitUsage
		}
		take = func(ctx context.Context, to *os.File) error { return datafolder.CopyFrom(ctx, site.DataDir, to.Name()) }
	}
	size, err := keep(c.ctx, rest[0], *force, take)
	if err != nil {
		return c.complain(err)
	}
	if r.json {
		return c.printJSON(copied{rest[0], size})
	}
	fmt.Fprintf(c.out, "%s: %d bytes\n", rest[0], size)
	return exitOK
}

// fromAgent copies the database of an agent that runs.
func fromAgent(ctx context.Context, r remote, to *os.File) error {
	err := r.client().Backup(ctx, to, func(bytes int64) error {
		return datafolder.CheckRoom(filepath.Dir(to.Name()), uint64(max(bytes, 0)))
	})
	if errors.As(err, new(*problem.Error)) || err == nil {
		return err
	}
	return &problem.Error{Op: "back up", Cause: err}
}

// keep has a new file written and gives it its name when it is whole, checked
// and durable. It returns its size in bytes.
func keep(ctx context.Context, name string, force bool, write func(context.Context, *os.File) error) (size int64, err error) {
	name, err = filepath.Abs(name)
	if err != nil {
		return 0, err
	}
	if err := refuseTarget(name, force); err != nil {
		return 0, err
	}
	dir, base := filepath.Split(name)
	file, err := os.CreateTemp(dir, "."+base+".*.tmp") // mode 0600
	if err != nil {
		return 0, err
	}
	defer os.Remove(file.Name()) // after the rename it is not there any more
	defer file.Close()
	if err := write(ctx, file); err != nil {
		return 0, err
	}
	if err := datafolder.CheckCopy(ctx, file.Name()); err != nil {
		return 0, err
	}
	if size, err = file.Seek(0, io.SeekEnd); err != nil {
		return 0, err
	}
	if err := file.Sync(); err != nil {
		return 0, err
	}
	if err := refuseTarget(name, force); err != nil { // it may be there by now
		return 0, err
	}
	if err := os.Rename(file.Name(), name); err != nil {
		return 0, err
	}
	return size, spool.SyncDir(dir)
}

// refuseTarget refuses a name that would replace what is there.
func refuseTarget(name string, force bool) error {
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return problem.New(name+" is not a file", "name a file")
	case datafolder.Has(name):
		return problem.New(name+" is the database of a data folder", "name another file")
	case !force:
		return problem.New(name+" is there already", "name another file, or replace it with -force")
	}
	return nil
}
