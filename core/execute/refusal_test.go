package execute

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// attempted is a first attempt of a model, and the engine's log.
func attempted(t *testing.T, model flow.Model, executor Executor) (*Engine, Job, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	engine, _ := received(t)
	engine.Statics, engine.Unpacked = t.TempDir(), t.TempDir()
	engine.Logger = hclog.New(&hclog.LoggerOptions{Output: &log, DisableTime: true})
	model.ConfigDumpFolder, model.ConfigFile = "/config", "config.yaml"
	return engine, Job{
		Run:      run.Run{ID: run.NewID()},
		Flow:     &flow.Flow{Name: "f", Models: []flow.Model{model}},
		Attempt:  run.Attempt{ID: "a-0-1", Number: 1, State: run.AttemptIntended, Executor: "scripted"},
		Executor: executor,
		Locate: func(path ...string) lang.Range {
			at := lang.Pos{Line: 2, Column: 3}
			return lang.Range{Source: lang.NewSource("f.yaml", []byte("models:\n- gpu: 9\n")), Start: at, End: at}
		},
		Started:  func(sdk.Handle, time.Time) error { return nil },
		Progress: func(sdk.Event) {},
		Doing:    func(string) {},
	}, &log
}

// What an executor has against a task comes out of Run with its place and the
// line itself, and nothing of it is logged: the scheduler does that, once.
func TestARefusalIsReturned(t *testing.T) {
	complaints := sdk.Diagnostics{
		{Path: []string{"gpu"}, Summary: "too many", Detail: "ask for fewer"},
		{Path: []string{"image"}, Summary: "is old", Warning: true},
		{Summary: "not today"},
	}
	for name, refusing := range map[string]*refuser{
		"in ValidateTask": {scripted: &scripted{complaints: complaints}},
		"of options":      {scripted: &scripted{}, options: complaints},
		"in Start":        {scripted: &scripted{}, start: &sdk.Error{Kind: sdk.PermissionDenied, Message: "no", Diagnostics: complaints[:1]}},
	} {
		t.Run(name, func(t *testing.T) {
			engine, job, log := attempted(t, flow.Model{}, refusing)
			result, err := engine.Run(t.Context(), job)
			check(t, err)
			var refusal *Refusal
			if !errors.As(result.Err, &refusal) || !result.Rejected || result.Reason != result.Err.Error() {
				t.Fatalf("result is %+v", result)
			}
			if want := "f.yaml:2:3: gpu: too many: ask for fewer"; !strings.Contains(result.Reason, want) {
				t.Errorf("the reason %q does not say %q", result.Reason, want)
			}
			if !strings.Contains(refusal.Render(), "2 | - gpu: 9\n") || strings.Contains(refusal.Render(), "is old") {
				t.Errorf("the source is\n%s", refusal.Render())
			}
			if strings.Contains(log.String(), "too many") || strings.Contains(log.String(), "not today") {
				t.Errorf("it is logged too:\n%s", log)
			}
			if warnings := strings.Count(log.String(), "is old"); name != "in Start" && warnings != 1 {
				t.Errorf("warned %d times:\n%s", warnings, log)
			}
		})
	}
}

// refuser refuses a task at some step.
type refuser struct {
	*scripted
	options sdk.Diagnostics
	start   error
}

func (r *refuser) CheckOptions(map[string]any) ([]byte, sdk.Diagnostics) {
	return []byte("{}"), r.options
}

func (r *refuser) Start(ctx context.Context, task *sdk.Task) (sdk.Handle, error) {
	if r.start != nil {
		return nil, r.start
	}
	return r.scripted.Start(ctx, task)
}

// An executor that was away is asked about the task again, and warns again.
func TestAWarningIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{
			complaints: sdk.Diagnostics{{Summary: "the image is old", Warning: true}},
			recover:    sdk.Errorf(sdk.NotFound, "no such attempt"),
			watch: func(n int, emit func(sdk.Event) error) error {
				if n < 4 {
					return sdk.Errorf(sdk.Unavailable, "the plugin is away")
				}
				return exits(sdk.Exit{Reason: sdk.Exited})(n, emit)
			},
		}
		engine, job, log := attempted(t, flow.Model{}, s)
		result, err := engine.Run(t.Context(), job)
		check(t, err)
		if result.Err != nil || s.starts != 4 || strings.Count(log.String(), "the image is old") != 1 {
			t.Errorf("result %+v after %d starts, want one warning in\n%s", result, s.starts, log)
		}
	})
}

// Whatever is wrong with a static mount, the reason names it as the operator
// knows it.
func TestAStaticThatCannotBeMounted(t *testing.T) {
	engine, job, _ := attempted(t, flow.Model{Statics: []flow.Mount{{Name: "weights", Path: "/weights"}}}, &scripted{})
	place := filepath.Join(engine.Statics, "weights")
	packed := place + ".tar"
	whole := archive(t, tar.Header{Name: "a.bin", Typeflag: tar.TypeReg})
	for _, test := range []struct {
		name           string
		lay            func() error
		reason, advice string
		rejected       bool
	}{
		{"missing", func() error { return nil },
			`static mount "weights": neither the folder ` + place + " nor " + place + ".tar, .tar.gz, .tgz, .tar.zst, .tar.xz or .tar.bz2 is there",
			"put it there, or change static { dir } of the site", true},
		{"cut off", func() error { return os.WriteFile(packed, whole[:400], 0o644) }, `unpack static mount "weights": weights.tar: at its beginning: unexpected EOF`, "", false},
		{"a folder", func() error { return os.Mkdir(packed, 0o755) }, `unpack static mount "weights": weights.tar: it is a folder, not a regular file`, "", false},
		{"a pipe", func() error { return syscall.Mkfifo(packed, 0o644) }, `unpack static mount "weights": weights.tar: it is a named pipe, not a regular file`, "", false},
		{"a device", func() error { return os.Symlink("/dev/zero", packed) }, `unpack static mount "weights": weights.tar: it is a device, not a regular file`, "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			check(t, test.lay())
			result, err := engine.Run(t.Context(), job)
			check(t, err)
			got := []string{problem.Reason(result.Err), problem.Advice(result.Err)}
			if diff := cmp.Diff([]string{test.reason, test.advice}, got); diff != "" || result.Rejected != test.rejected {
				t.Errorf("rejected: %v, reason and advice: -want +got:\n%s", result.Rejected, diff)
			}
			check(t, os.RemoveAll(packed))
		})
	}
}

// A static mount's archive that vanishes after it was found is named, too.
func TestAStaticThatVanishes(t *testing.T) {
	engine, job, _ := attempted(t, flow.Model{Statics: []flow.Mount{{Name: "weights", Path: "/weights"}}}, &scripted{})
	archive := filepath.Join(engine.Statics, "weights.tar")
	check(t, os.WriteFile(archive, []byte("cut off"), 0o644)) // so that it is opened each time
	done := make(chan struct{})
	gone := make(chan struct{})
	go func() { // comes and goes, until it was gone at the right moment
		defer close(gone)
		for {
			select {
			case <-done:
				return
			default:
				_ = os.Rename(archive, archive+".away")
				_ = os.Rename(archive+".away", archive)
			}
		}
	}()
	defer func() {
		close(done)
		<-gone
	}()
	const want = `unpack static mount "weights": weights.tar: no such file or directory`
	for began := time.Now(); time.Since(began) < time.Minute; {
		result, err := engine.Run(t.Context(), job)
		check(t, err)
		if result.Reason == want && result.Exit.Message == want {
			return
		}
		if !strings.Contains(result.Reason, "weights") {
			t.Fatalf("the reason is %q", result.Reason)
		}
	}
	t.Errorf("no reason was %q", want)
}
