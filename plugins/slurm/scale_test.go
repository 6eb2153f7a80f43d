package slurm

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/clustertest"
	"github.com/raddeploy/raddeploy/sdk"
)

// commands makes a folder of Slurm's commands that run the ones of this
// machine, each after lines of its own for a shell.
func commands(t testing.TB, lines map[string]string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for _, name := range []string{"sbatch", "squeue", "scancel", "sinfo", "scontrol", "sacct"} {
		real, err := exec.LookPath(name)
		if err != nil {
			sitetest.Need(t, "no slurm: run make services (%v)", err)
		}
		script := fmt.Sprintf("#!/bin/sh\ncd %s\n%s\nexec %s \"$@\"\n", folder, lines[name], real)
		if err := os.WriteFile(filepath.Join(folder, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// recorder makes commands that write down each call.
func recorder(t testing.TB) (folder string, calls func(name string) int) {
	t.Helper()
	folder = commands(t, map[string]string{"sbatch": "echo >>sbatch.calls", "squeue": "echo >>squeue.calls"})
	return folder, func(name string) int {
		text, _ := os.ReadFile(filepath.Join(folder, name+".calls"))
		return bytes.Count(text, []byte("\n"))
	}
}

// inFlight starts n attempts that sleep, waits until all are jobs, and returns
// how often squeue was called in some ticks after that.
func inFlight(t testing.TB, n int, tick time.Duration) (squeues, ticks int, s *site) {
	t.Helper()
	bin, calls := recorder(t)
	s = newSiteOn(t, clustertest.New(t, 2), fmt.Sprintf(`, "bin": %q, "submit_rate": 200, "poll": %q`, bin, tick.String()))
	var ids []sdk.AttemptID
	for range n {
		task := s.Task("sleep 3600")
		s.Start(task)
		ids = append(ids, task.Attempt)
	}
	s.cluster.WaitUpTo(10*time.Minute, "all are submitted", func() bool { return calls("sbatch") >= n && s.submittedAll(ids) })
	began, before := time.Now(), calls("squeue")
	ticks = 5
	s.cluster.Wait("some ticks have passed", func() bool { return time.Since(began) >= time.Duration(ticks)*tick })
	squeues = calls("squeue") - before
	t.Cleanup(func() { _ = s.cluster.Command("scancel", "--me").Run() })
	return squeues, ticks, s
}

func (s *site) submittedAll(ids []sdk.AttemptID) bool {
	for _, id := range ids {
		if s.own().folderOf(id).ID() == "" {
			return false
		}
	}
	return true
}

// However many attempts there are, a tick is one squeue.
func TestOneSqueueATick(t *testing.T) {
	t.Parallel()
	squeues, ticks, _ := inFlight(t, 30, time.Second)
	if squeues > ticks+1 || squeues < 1 {
		t.Errorf("30 attempts: %d calls of squeue in %d ticks; want one a tick", squeues, ticks)
	}
}

// A thousand attempts in flight, as jobs that sleep.
func BenchmarkThousandInFlight(b *testing.B) {
	for b.Loop() {
		began := time.Now()
		squeues, ticks, s := inFlight(b, 1000, 2*time.Second)
		took := time.Since(began)
		used := cpu()
		tick := time.Now()
		s.cluster.Wait("five ticks have passed", func() bool { return time.Since(tick) > 10*time.Second })
		b.ReportMetric(float64(squeues)/float64(ticks), "squeues/tick")
		b.ReportMetric((cpu()-used).Seconds()*1000/5, "ms-of-CPU/tick")
		b.ReportMetric(took.Seconds(), "s-to-submit")
		if squeues > ticks+1 {
			b.Errorf("%d calls of squeue in %d ticks", squeues, ticks)
		}
		_ = s.cluster.Command("scancel", "--me").Run()
	}
}

// cpu is the time that this process has used, without its children.
func cpu() time.Duration {
	text, _ := os.ReadFile("/proc/self/stat")
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	var user, system int64
	if len(fields) > 12 {
		_, _ = fmt.Sscan(fields[11]+" "+fields[12], &user, &system)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}
