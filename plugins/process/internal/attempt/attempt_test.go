package attempt_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/process/internal/attempt"
	"github.com/raddeploy/raddeploy/sdk"
)

func TestWriteOnce(t *testing.T) {
	folder, err := attempt.Create(t.TempDir() + "/a")
	if err != nil {
		t.Fatal(err)
	}
	var winner atomic.Int32
	var wins atomic.Int32
	var all sync.WaitGroup
	for i := range int32(20) {
		all.Go(func() {
			err := folder.WriteOnce("file", i)
			if err == nil {
				winner.Store(i)
				wins.Add(1)
			} else if !errors.Is(err, fs.ErrExist) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	var got int32
	if err := folder.Read("file", &got); err != nil || got != winner.Load() || wins.Load() != 1 {
		t.Errorf("read %d, error %v; %d writers won, the last was %d", got, err, wins.Load(), winner.Load())
	}
	if entries, err := os.ReadDir(folder.Name()); len(entries) != 1 {
		t.Errorf("files are left: %v, %v", entries, err)
	}
}

func TestProcess(t *testing.T) {
	self, err := attempt.Self()
	if err != nil || self.PID != os.Getpid() || !self.Alive() {
		t.Errorf("self %+v, alive %t, error %v", self, self.Alive(), err)
	}
	reused := self
	reused.Start-- // an earlier process of the same number
	rebooted := self
	rebooted.Boot = "another"
	for _, p := range []attempt.Process{reused, rebooted} {
		if p.Alive() {
			t.Errorf("%+v is taken for us, %+v", p, self)
		}
		if err := p.Signal(9); err != nil {
			t.Error(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := self.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for ourselves: %v", err)
	}
}

func TestStatusOfAKilledShim(t *testing.T) {
	folder, err := attempt.Create(t.TempDir() + "/a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Status(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("not claimed: %v", err)
	}
	shim := exec.Command("sleep", "1000")
	if err := shim.Start(); err != nil {
		t.Fatal(err)
	}
	process := identify(t, shim.Process.Pid)
	if err := folder.WriteOnce(attempt.ProcessFile, process); err != nil {
		t.Fatal(err)
	}
	if status, err := folder.Status(); err != nil || status.Exit != nil || status.Running != nil {
		t.Errorf("%+v, %v", status, err)
	}
	shim.Process.Kill()
	if err := process.Wait(t.Context()); err != nil { // a zombie has ended, too
		t.Error(err)
	}
	first, err := folder.Status()
	if err != nil || first.Exit == nil || first.Exit.Reason != sdk.Vanished {
		t.Fatalf("%+v, %v", first, err)
	}
	if second, err := folder.Status(); err != nil || !second.Exit.Finished.Equal(first.Exit.Finished) {
		t.Errorf("readers do not agree: %v and %v, %v", first.Exit, second.Exit, err)
	}
	shim.Wait()
}

// identify makes a process tell its identity as a shim does.
func identify(t *testing.T, pid int) attempt.Process {
	t.Helper()
	process, err := attempt.Look(strconv.Itoa(pid))
	if err != nil {
		t.Fatal(err)
	}
	return process
}
