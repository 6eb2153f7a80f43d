package cluster

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/clustertest"
)

// What a controller says to each command, and what the commands say without one.
func TestCommandsOnACluster(t *testing.T) {
	t.Parallel()
	real := clustertest.New(t, 2, "MessageTimeout=10")
	c, ctx := &Cluster{Conf: real.Conf}, t.Context()
	script := filepath.Join(real.Dir, "script")
	text := "#!/bin/bash\ntrap 'echo asked; exit 7' TERM\necho ready\nsleep 60 &\nwait\n"
	if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	submit := func(name string, more ...string) string {
		t.Helper()
		id, err := c.Submit(ctx, append([]string{"--job-name=" + name, "--output=" + filepath.Join(real.Dir, name)}, more...), script)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	state := func(name, want string) Job {
		t.Helper()
		var last Job
		real.Wait(name+" is "+want, func() bool {
			found, err := c.Find(ctx, name)
			if err == nil && len(found) == 1 {
				last = found[0]
			}
			return last.State == want
		})
		return last
	}
	running, waiting := submit("running"), submit("waiting", "--hold")
	real.Wait("its script runs", func() bool {
		said, _ := os.ReadFile(filepath.Join(real.Dir, "running"))
		return string(said) == "ready\n"
	})
	if job := state("running", "RUNNING"); job.ID != running || job.Nodes == "" {
		t.Errorf("running: %+v", job)
	}
	if job := state("waiting", "PENDING"); job.ID != waiting || job.Pending != "JobHeldUser" && job.Pending != "JobHeldAdmin" {
		t.Errorf("waiting: %+v", job)
	}
	for _, err := range []error{
		c.CancelPending(ctx, running), c.Signal(ctx, waiting, "TERM"), c.Signal(ctx, "999999", "TERM"), c.Cancel(ctx, "999999"),
	} {
		if err != nil {
			t.Errorf("what is not so, or not there, is none to end: %v", err)
		}
	}
	if err := c.CancelPending(ctx, waiting); err != nil {
		t.Error(err)
	}
	if err := c.Signal(ctx, running, "TERM"); err != nil {
		t.Error(err)
	}
	state("waiting", "CANCELLED")
	state("running", "FAILED")
	if said, _ := os.ReadFile(filepath.Join(real.Dir, "running")); !strings.HasSuffix(string(said), "asked\n") {
		t.Errorf("the script said %q", said)
	}
	count := 0
	if err := c.Queue(ctx, &Words{}, "wait", func(Job) { count++ }); err != nil || count != 1 {
		t.Errorf("queue by prefix: %d, %v", count, err)
	}
	for _, args := range [][]string{{"--partition=nowhere"}, {"--mem=900G"}, {"--exclude=nobody"}, {"--no-such-word"}} {
		if _, err := c.Submit(ctx, args, script); !IsRefused(err) {
			t.Errorf("submit with %v: %v; want the controller's own no", args, err)
		}
	}
	nodes, err := c.Nodes(ctx, "main")
	if err != nil || nodes != (Nodes{Total: 2, Usable: 2}) {
		t.Errorf("nodes: %+v, %v", nodes, err)
	}
	if version, err := c.Version(ctx); err != nil || version == "" {
		t.Errorf("version: %q, %v", version, err)
	}

	real.KillController()
	var asking sync.WaitGroup
	for name, call := range map[string]func(context.Context) error{
		"squeue":  func(ctx context.Context) error { _, err := c.Find(ctx, "running"); return err },
		"scancel": func(ctx context.Context) error { return c.Cancel(ctx, running) },
		"sinfo":   func(ctx context.Context) error { _, err := c.Nodes(ctx, ""); return err },
		"sbatch":  func(ctx context.Context) error { _, err := c.Submit(ctx, nil, script); return err },
	} {
		asking.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			if err := call(ctx); err == nil || IsRefused(err) {
				t.Errorf("%s without a controller: %v; want that nobody can tell", name, err)
			}
		})
	}
	asking.Wait()
}

func TestAbsent(t *testing.T) {
	for name, c := range map[string]*Cluster{"no conf": {Conf: "/nowhere/slurm.conf"}, "no commands": {Bin: "/nowhere"}} {
		if _, err := c.Find(t.Context(), "x"); err == nil || IsRefused(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Only what the controller has said is a refusal: after anything else nobody
// can tell.
func TestRefusedOrUnknown(t *testing.T) {
	t.Parallel()
	for said, refused := range map[string]bool{
		"sbatch: error: Batch job submission failed: Invalid partition name specified":             true,
		"sbatch: error: Batch job submission failed: Access/permission denied":                     true,
		"sbatch: unrecognized option '--nonsense'":                                                 true,
		"sbatch: error: Batch job submission failed: I/O error writing script/environment to file": false,
		"sbatch: error: Batch job submission failed: Invalid authentication credential":            false,
		"sbatch: error: Unable to open file /shared/script":                                        false,
		"sbatch: fatal: Can't stat slurm.conf: Stale file handle":                                  false,
		"sbatch: error: Batch job submission failed: Socket timed out on send/recv operation":      false,
	} {
		err := exec.CommandContext(t.Context(), "false").Run()
		if got := IsRefused(explain("sbatch", said+"\n", err)); got != refused {
			t.Errorf("%s: %v", said, got)
		}
	}
}

// A command that ends with success has succeeded, though its standard error is
// still open, and what it answered counts.
func TestAnswerWithAnOpenStandardError(t *testing.T) {
	t.Parallel()
	c := commands(t, "sleep 5 >/dev/null &\necho 42")
	if id, err := c.Submit(t.Context(), nil, "script"); id != "42" || err != nil {
		t.Errorf("job %q, %v", id, err)
	}
}

// A job that ends while scancel asks for its end has ended; another silent end of
// scancel tells nothing.
func TestCancelOfAJobThatEnds(t *testing.T) {
	t.Parallel()
	if err := commands(t, "exit 229").Cancel(t.Context(), "42"); err != nil {
		t.Error(err)
	}
	if err := commands(t, "exit 1").Cancel(t.Context(), "42"); err == nil || IsRefused(err) {
		t.Errorf("got %v, want an error that is no refusal", err)
	}
}

// commands is a cluster whose commands all are one shell script.
func commands(t *testing.T, script string) *Cluster {
	t.Helper()
	bin := t.TempDir()
	for _, name := range []string{"sbatch", "squeue", "scancel", "sinfo"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return &Cluster{Bin: bin}
}
