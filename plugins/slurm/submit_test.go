package slurm

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/cluster"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/clustertest"
	"github.com/raddeploy/raddeploy/sdk"
)

// No more jobs are handed over in a while than the site says.
func TestSubmitRate(t *testing.T) {
	t.Parallel()
	s := newSiteOn(t, clustertest.New(t, 1), `, "submit_rate": 2`)
	const jobs = 6
	began := time.Now()
	var ids []sdk.AttemptID
	for range jobs {
		task := s.Task("true")
		s.Start(task)
		ids = append(ids, task.Attempt)
	}
	s.cluster.Wait("all are submitted", func() bool { return s.submittedAll(ids) })
	if took := time.Since(began); took < (jobs-1)*time.Second/2 {
		t.Errorf("%d jobs were submitted in %v, want two a second at most", jobs, took)
	}
	for _, id := range ids {
		if ended := s.Watch(id); !ended.Succeeded() {
			t.Errorf("%+v", ended)
		}
	}
}

// A place at sbatch is given back though work_dir is full, or gone.
func TestAPlaceAtSbatchIsGivenBack(t *testing.T) {
	e := &Executor{config: &Config{}, gate: newGate(10, 0), work: &workDir{path: filepath.Join(t.TempDir(), "gone")}}
	a := e.newAttempt("a")
	for range 2 * cap(e.gate.hands) {
		select {
		case e.gate.hands <- struct{}{}:
		default:
			t.Fatal("no place is left")
		}
		if _, err := a.hand(t.Context(), nil); err == nil || len(e.gate.hands) != 0 {
			t.Fatalf("%v; %d places are taken", err, len(e.gate.hands))
		}
	}
}

// What Slurm says of too many jobs and of one that is too big is waited for as
// long as there are other jobs, unless it names the limit; what passes is
// always waited for.
func TestWhatSlurmRefuses(t *testing.T) {
	const both = "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)"
	for _, row := range []struct {
		said       string
		others     bool
		full, good bool // waited for; given up after a while
		nodes      bool // with nodes to avoid it is tried without them
	}{
		{both, true, true, false, false},
		{both, false, true, true, false},
		{"AssocMaxSubmitJobLimit; " + both, false, true, false, false},
		{"QOSMaxSubmitJobPerUserLimit; " + both, false, true, false, false},
		{"QOSMaxCpuPerJobLimit; " + both, true, true, true, false},
		{"QOSMaxWallDurationPerJobLimit; " + both, true, true, true, false},
		{"Required partition not available (inactive or drain)", false, true, false, false},
		{"Invalid qos specification", false, false, false, false},
		{"Requested node configuration is not available", false, false, false, true},
		{"Required node not available (down, drained or reserved)", false, true, false, true},
		{"Invalid node name specified", false, false, false, true},
	} {
		e := &Executor{config: &Config{}, poller: newPoller(time.Second, "", nil), work: &workDir{path: t.TempDir()}}
		if row.others {
			e.poller.waiting = 1
		}
		err := &cluster.Refused{Command: "sbatch", Text: row.said}
		if a := e.newAttempt("a"); isFull(err) != row.full || row.full && a.isRefusedForGood(err) != row.good || isAboutNodes(err) != row.nodes {
			t.Errorf("%+v", row)
		}
	}
}
