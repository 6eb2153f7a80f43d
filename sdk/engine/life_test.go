package engine_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

func text(s string) io.ReadCloser { return io.NopCloser(strings.NewReader(s)) }

var errAway = sdk.Errorf(sdk.Unavailable, "it does not answer")

func aTask() *sdk.Task {
	return &sdk.Task{Attempt: "a", Container: sdk.Container{Image: "image", Pull: sdk.PullMissing}}
}

// begin starts the attempt, and returns when its process runs.
func begin(t *testing.T, s *stub, e *engine.Executor) {
	t.Helper()
	if _, err := e.Start(t.Context(), aTask()); err != nil {
		t.Fatal(err)
	}
	<-s.started
}

// watch watches the attempt to its end, again while that is unknown.
func watch(t *testing.T, e *engine.Executor) *sdk.Exit {
	t.Helper()
	var exit *sdk.Exit
	for deadline := time.Now().Add(20 * time.Second); exit == nil; {
		err := e.Watch(t.Context(), "a", func(event sdk.Event) error { exit = event.Exit; return nil })
		if err != nil && (sdk.KindOf(err) != sdk.Unavailable || time.Now().After(deadline)) {
			t.Fatal(err)
		}
	}
	return exit
}

// Whatever breaks off, the attempt's process runs once and its end is told.
func TestCallsThatFail(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		call string
		errs []error
		want sdk.Exit
		says string
	}{
		"start, of which it is unknown": {"start", []error{errAway, errAway}, sdk.Exit{Reason: sdk.Exited}, ""},
		"wait, while it runs":           {"wait", []error{errAway}, sdk.Exit{Reason: sdk.Exited}, ""},
		"settle":                        {"settle", []error{errAway, errAway}, sdk.Exit{Reason: sdk.Exited}, ""},
		"settle, of what is gone":       {"settle", []error{sdk.Errorf(sdk.NotFound, "gone")}, sdk.Exit{Reason: sdk.Vanished}, "somebody else removed it from stub"},
		"start, refused":                {"start", []error{errors.New(`exec: "x": executable file not found`)}, sdk.Exit{Reason: sdk.StartFailed, Permanent: true}, "check the model's command"},
		"start, the engine's own fault": {"start", []error{errors.New("no cgroup")}, sdk.Exit{Reason: sdk.StartFailed}, "no cgroup"},
		"create, the task's fault":      {"create", []error{sdk.Errorf(sdk.InvalidArgument, "no such word")}, sdk.Exit{Reason: sdk.StartFailed, Permanent: true}, "no such word"},
		"create, the engine's fault":    {"create", []error{errors.New("disk full")}, sdk.Exit{Reason: sdk.StartFailed}, "disk full"},
		"create, another way":           {"create", []error{engine.ErrMounts}, sdk.Exit{Reason: sdk.Exited}, ""},
		"create, of another process":    {"create", []error{engine.ErrExists}, sdk.Exit{Reason: sdk.Exited}, ""},
		"create, without an image":      {"create", []error{engine.ErrNoImage}, sdk.Exit{Reason: sdk.Exited}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStub().failing(test.call, test.errs...)
			e := s.executor(t, t.TempDir())
			if _, err := e.Start(t.Context(), aTask()); err != nil {
				t.Fatal(err)
			}
			go func() {
				select {
				case <-s.started:
					s.stop(engine.End{})
				case <-t.Context().Done(): // it never runs
				}
			}()
			got := watch(t, e)
			if got.Reason != test.want.Reason || got.Permanent != test.want.Permanent || !strings.Contains(got.Message, test.says) {
				t.Errorf("%+v", got)
			}
			if err := e.Remove(t.Context(), "a"); err != nil || s.there != nil {
				t.Errorf("remove: %v, left %+v", err, s.there)
			}
		})
	}
}

func TestEngineThatIsAwayTakesNothingOn(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"find", "create"} {
		s := newStub().failing(call, errAway)
		e := s.executor(t, t.TempDir())
		if _, err := e.Start(t.Context(), aTask()); sdk.KindOf(err) != sdk.Unavailable {
			t.Errorf("%s: %v", call, err)
		}
		if held, err := e.List(t.Context()); err != nil || len(held) > 0 {
			t.Errorf("%s: %v, %v", call, held, err)
		}
	}
}

func TestImageThatDoesNotCome(t *testing.T) {
	t.Parallel()
	for said, advice := range map[string]string{
		"dial tcp: no such host": "stub load", "access denied": "log in to it", "no space left on device": "make room", "manifest unknown": "name and tag",
	} {
		s := newStub().failing("create", engine.ErrNoImage).failing("pull", errors.New(said))
		e := s.executor(t, t.TempDir())
		if _, err := e.Start(t.Context(), aTask()); err != nil {
			t.Fatal(err)
		}
		if got := watch(t, e); got.Reason != sdk.ImageUnavailable || !strings.Contains(got.Message, said) || !strings.Contains(got.Message, advice) {
			t.Errorf("%s: %+v", said, got)
		}
	}
}

// Of all ends that were asked for the soonest counts, the process is told once,
// and another plugin process goes on with that.
func TestStopIsCarriedOut(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := newStub()
	e := s.executor(t, folder)
	begin(t, s, e)
	for range 2 {
		for range 2 {
			if err := e.Stop(t.Context(), "a", time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		e = s.executor(t, folder)
	}
	s.failing("signal", errAway)
	if err := e.Stop(t.Context(), "a", 0); sdk.KindOf(err) != sdk.Unavailable {
		t.Errorf("while it is away: %v", err)
	}
	if err := e.Stop(t.Context(), "a", 0); err != nil {
		t.Error(err)
	}
	if got := watch(t, e); got.Reason != sdk.Stopped || !slices.Equal(s.signals, []bool{false, true}) {
		t.Errorf("%+v, signals %v", got, s.signals)
	}
}

// A process may end at its signal, and be removed, before the call that sent it
// returns: nothing is kept of it then.
func TestNothingIsKeptOfWhatWasRemoved(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := newStub()
	e := s.executor(t, folder)
	begin(t, s, e)
	s.told = func() {
		s.stop(engine.End{})
		watch(t, e)
		if err := e.Remove(t.Context(), "a"); err != nil {
			t.Error(err)
		}
	}
	if err := e.Stop(t.Context(), "a", time.Minute); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(filepath.Join(folder, "executor")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// The end is told the same by each plugin process, whatever the engine has
// forgotten meanwhile.
func TestEndIsKept(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := newStub()
	e := s.executor(t, folder)
	begin(t, s, e)
	s.stop(engine.End{Code: 9, Image: "sha256:x"})
	first := watch(t, e)
	e.Close()
	s.end = engine.End{}
	again := watch(t, s.executor(t, folder))
	if first.Code != 9 || again.Code != 9 || again.ImageDigest != "sha256:x" || !again.Finished.Equal(first.Finished) {
		t.Errorf("first %+v, again %+v", first, again)
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		end  engine.End
		want sdk.Reason
		says string
	}{
		"well":               {engine.End{}, sdk.Exited, ""},
		"a code":             {engine.End{Code: 3}, sdk.Exited, "code 3"},
		"a signal":           {engine.End{Code: 139}, sdk.Exited, "signal 11"},
		"memory":             {engine.End{Code: 137, OOMKilled: true, Killed: 9}, sdk.OutOfMemory, "mem_limit"},
		"somebody":           {engine.End{Code: 137, Killed: 9}, sdk.Stopped, "as stub kill does"},
		"somebody, and well": {engine.End{Killed: 15}, sdk.Stopped, "signal 15"},
		"the engine knows":   {engine.End{Reason: sdk.NodeLost, Message: "restarted", OOMKilled: true, Code: 1}, sdk.NodeLost, "restarted"},
		"never started":      {engine.End{Reason: sdk.StartFailed, Message: "no such runtime"}, sdk.StartFailed, "no such runtime"},
	} {
		s := newStub()
		e := s.executor(t, t.TempDir())
		begin(t, s, e)
		s.stop(test.end)
		if got := watch(t, e); got.Reason != test.want || !strings.Contains(got.Message, test.says) || (got.Message == "") != (test.says == "") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A container of the attempt's name that is not its own is neither used nor
// removed.
func TestStrangersContainer(t *testing.T) {
	t.Parallel()
	s := newStub()
	s.there = &engine.Container{Name: engine.ContainerName("a"), State: engine.Created}
	e := s.executor(t, t.TempDir())
	if _, err := e.Start(t.Context(), aTask()); sdk.KindOf(err) != sdk.FailedPrecondition {
		t.Errorf("start: %v", err)
	}
	if err := e.Stop(t.Context(), "a", 0); sdk.KindOf(err) != sdk.FailedPrecondition {
		t.Errorf("stop: %v", err)
	}
	if err := e.Remove(t.Context(), "a"); err != nil || s.there == nil {
		t.Errorf("remove: %v, left %v", err, s.there)
	}
}

// Output whose beginning is lost is read from where it begins.
func TestOutputFromAnyByte(t *testing.T) {
	t.Parallel()
	s := newStub()
	e := s.executor(t, t.TempDir())
	begin(t, s, e)
	s.stop(engine.End{})
	watch(t, e)
	for after, want := range map[sdk.Cursor]string{"": "0123456789", "2": "0123456789", "5": "23456789", "13": "", "99": ""} {
		var got strings.Builder
		err := e.Logs(context.Background(), "a", sdk.LogRequest{Stream: sdk.Stdout, After: after}, func(c sdk.LogChunk) error {
			got.Write(c.Data)
			return nil
		})
		if err != nil || got.String() != want {
			t.Errorf("after %q: %q, want %q, %v", after, got.String(), want, err)
		}
	}
	for _, after := range []sdk.Cursor{"x", "-1", "01"} {
		if err := e.Logs(t.Context(), "a", sdk.LogRequest{Stream: sdk.Stdout, After: after}, nil); sdk.KindOf(err) != sdk.InvalidArgument {
			t.Errorf("after %q: %v", after, err)
		}
	}
}
