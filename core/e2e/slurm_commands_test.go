package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
)

// slurmCommands are Slurm's commands as one site runs them: they do what
// Slurm's do, and stand still or fail when a test says so.
type slurmCommands struct {
	t   testing.TB
	dir string
}

// Where sbatch can be told to stand still.
const before, after = "before", "after"

const sbatchThatStands = `#!/bin/sh
# %[3]s
dir=%[1]s
stand() { ! mv $dir/stop-$1 $dir/at-$1 2>/dev/null || { echo $$ >$dir/at-$1; while test -e $dir/at-$1; do sleep 0.1; done; }; }
stand before
answer=$(%[2]s $(cat $dir/further) "$@") || exit
stand after
echo "$answer"
`

const awayWhenTold = `#!/bin/sh
test ! -e %[1]s/away || { echo "%[3]s: error: Unable to contact slurm controller (connect failure)" >&2; exit 1; }
exec %[2]s "$@"
`

// slurmSite is a site with this machine's cluster.
func slurmSite(t *testing.T) (*testenv.Site, *slurmCommands) {
	t.Helper()
	c := &slurmCommands{t: t, dir: t.TempDir()}
	site := programs.NewSite(t, testenv.Slurm(t, fmt.Sprintf("bin = %q", c.dir)))
	for _, name := range []string{"sbatch", "squeue", "scancel", "sinfo", "scontrol"} {
		text := awayWhenTold
		if name == "sbatch" {
			text = sbatchThatStands
		}
		text = fmt.Sprintf(text, c.dir, testenv.Tool(t, name), name)
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	c.write("further", "")
	t.Cleanup(func() { c.goOn(before); c.goOn(after) })
	return site, c
}

// stopAt makes the next sbatch stand still before or after it submits its job.
func (c *slurmCommands) stopAt(place string) { c.write("stop-"+place, "") }

// standing waits until an sbatch stands still, and returns its process.
func (c *slurmCommands) standing(place string) (pid int) {
	c.t.Helper()
	testenv.Until(c.t, "sbatch to stand still", func() (bool, string) {
		text, err := os.ReadFile(filepath.Join(c.dir, "at-"+place))
		if err == nil {
			pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
		}
		return err == nil, fmt.Sprint(err)
	})
	return pid
}

// goOn lets an sbatch that stands still go on.
func (c *slurmCommands) goOn(place string) { _ = os.Remove(filepath.Join(c.dir, "at-"+place)) }

// end ends an sbatch that stands still.
func (c *slurmCommands) end(pid int) {
	c.t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		c.t.Fatal(err)
	}
}

// hold has jobs wait until they are released.
func (c *slurmCommands) hold() { c.write("further", "--hold") }

// away has the cluster not answer.
func (c *slurmCommands) away() { c.write("away", "") }

func (c *slurmCommands) back() {
	c.t.Helper()
	if err := os.Remove(filepath.Join(c.dir, "away")); err != nil {
		c.t.Fatal(err)
	}
}

func (c *slurmCommands) write(name, text string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

// jobsOf are the ids of all jobs that the cluster has had of a run, or of those
// that further arguments of squeue say.
func jobsOf(t *testing.T, r api.Run, further ...string) (ids []string) {
	t.Helper()
	output, err := testenv.Command(t, "squeue", append([]string{"--noheader", "--states=all", "--format=%A %j"}, further...)...)
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	for line := range strings.Lines(output) {
		if id, name, _ := strings.Cut(strings.TrimSpace(line), " "); strings.Contains(name, string(r.ID)) {
			ids = append(ids, id)
		}
	}
	return ids
}
