//go:build record

package cluster

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/clustertest"
)

// TestRecord makes the recording anew, in some minutes: go test -tags record
// -run TestRecord. It fills a real cluster with ten thousand jobs, of which
// some have ended in every way and most wait for every reason that a cluster
// without accounting has, and keeps what squeue prints of them.
func TestRecord(t *testing.T) {
	real := clustertest.New(t, 4, "MinJobAge=7200", "PartitionName=closed Nodes=ALL State=DOWN", "PartitionName=short Nodes=ALL MaxTime=10 State=UP",
		"Licenses=planning:1")
	f := &filler{t: t, c: &Cluster{Conf: real.Conf}, dir: real.Dir, random: rand.New(rand.NewPCG(1, 2))}
	t.Cleanup(func() { f.run("scancel", "--me") })

	// Ends, while there is room for all.
	f.submit(1500, "exit 0")
	f.submit(200, "exit 3")
	f.submit(20, "kill -9 $$")
	f.submit(40, "sleep 600", "--time=1")
	real.WaitUpTo(10*time.Minute, "all have ended", func() bool { return f.count("RUNNING", "PENDING", "COMPLETING") == 0 })
	lost := f.submit(48, "sleep 86400", "--nodelist=t4")
	cancelled := f.submit(40, "sleep 86400")
	f.submit(160, "sleep 86400")
	real.WaitUpTo(5*time.Minute, "these run", func() bool { return f.count("RUNNING") == len(lost)+len(cancelled)+160 })
	f.run("scancel", cancelled...)
	f.run("scontrol", "update", "nodename=t4", "state=down", "reason=power")
	real.Wait("those of the node are lost", func() bool { return f.count("NODE_FAIL") == len(lost) })

	// Reasons to wait.
	held := f.submit(900, "true", "--hold")
	f.submit(300, "true", "--dependency=afterok:"+held[0])
	f.submit(300, "true", "--begin=now+7days")
	f.submit(150, "true", "--partition=closed")
	f.submit(100, "true", "--partition=short", "--time=60")
	f.submit(50, "true", "--nodelist=t4")
	f.submit(100, "sleep 86400", "--licenses=planning:1")
	gone := f.submit(300, "true", "--hold")
	for len(gone) > 0 {
		n := min(100, len(gone))
		f.run("scancel", gone[:n]...)
		gone = gone[n:]
	}
	f.foreign(250)
	f.submit(10_000-f.count(""), "sleep 86400")
	real.Wait("there are ten thousand", func() bool { return f.count("") == 10_000 })

	var text bytes.Buffer
	zip, err := gzip.NewWriterLevel(&text, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := zip.Write(f.squeue()); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(recording, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// filler fills a cluster.
type filler struct {
	t      *testing.T
	c      *Cluster
	dir    string
	random *rand.Rand
	made   int
	run5   string // the run whose five tasks are submitted now
}

// submit submits n jobs as the executor does, and returns their ids.
func (f *filler) submit(n int, command string, args ...string) (ids []string) {
	return f.hand(n, command, func() []string {
		attempt := f.attempt()
		return append([]string{"--job-name=raddeploy-radonc-" + attempt, "--comment=raddeploy site=radonc executor=cluster attempt=" + attempt}, args...)
	})
}

// foreign submits jobs of the same user that are none of ours.
func (f *filler) foreign(n int) {
	f.hand(n, "true", func() []string { return []string{"--job-name=nightly", "--comment=of somebody else", "--hold"} })
}

func (f *filler) hand(n int, command string, args func() []string) (ids []string) {
	f.t.Helper()
	script := filepath.Join(f.dir, "script")
	if err := os.WriteFile(script, []byte("#!/bin/bash\n"+command+"\n"), 0o755); err != nil {
		f.t.Fatal(err)
	}
	var (
		work  = make(chan []string)
		group sync.WaitGroup
		mu    sync.Mutex
	)
	for range 4 {
		group.Go(func() {
			for args := range work {
				id, err := f.c.Submit(context.Background(), append(args, "--output=/dev/null", "--nodes=1", "--ntasks=1", "--no-requeue"), script)
				if err != nil {
					f.t.Error(err)
				}
				mu.Lock()
				ids = append(ids, id)
				mu.Unlock()
			}
		})
	}
	for range n {
		work <- args()
	}
	close(work)
	group.Wait()
	if f.t.Failed() {
		f.t.FailNow()
	}
	return ids
}

// attempt is the next attempt's id: five tasks to a run.
func (f *filler) attempt() string {
	if f.made%5 == 0 {
		f.run5 = fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", f.random.Uint32(), f.random.IntN(1<<16), f.random.IntN(1<<12), f.random.IntN(1<<12), f.random.Int64N(1<<48))
	}
	f.made++
	return f.run5 + "-" + strconv.Itoa((f.made-1)%5) + "-1"
}

func (f *filler) squeue() (text []byte) {
	f.t.Helper()
	err := f.c.run(context.Background(), "squeue", queueArgs("--me"), func(out io.Reader) (err error) { text, err = io.ReadAll(out); return err })
	if err != nil {
		f.t.Fatal(err)
	}
	return text
}

// count counts the jobs in some states; "" is every state.
func (f *filler) count(states ...string) (n int) {
	f.t.Helper()
	for line := range strings.Lines(string(f.squeue())) {
		for _, state := range states {
			if state == "" || strings.Split(line, string(separator))[1] == state {
				n++
			}
		}
	}
	return n
}

func (f *filler) run(name string, args ...string) {
	f.t.Helper()
	if err := f.c.run(context.Background(), name, args, func(out io.Reader) error { _, err := io.Copy(io.Discard, out); return err }); err != nil {
		f.t.Fatal(err)
	}
}
