package conformance

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// quick is how long a call may take that does not wait for anything, by the
// suite's clock.
const quick = 2 * time.Second

// trial is one case while it runs. Its methods that end the case (fatal, lack,
// skip, and those that say so) belong into the case's own goroutine.
type trial struct {
	name string
	run  *run
	ctx  context.Context
	home *house // of all cases; its process must not be killed

	lacks   string // what the executor does not offer
	unasked string // what the suite was not given

	mu       sync.Mutex
	findings []string
	attempts []*attempt
	houses   []*house
	// where the case's part of a log begins; that of a house of its own at 0
	marks   map[*tail]int64
	closers []func()
}

// fail notes what happened; the case goes on.
func (t *trial) fail(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.findings = append(t.findings, fmt.Sprintf(format, args...))
}

// fatal notes what happened and ends the case.
func (t *trial) fatal(format string, args ...any) {
	t.fail(format, args...)
	runtime.Goexit()
}

// lack ends the case: the executor does not offer what it stands on.
func (t *trial) lack(format string, args ...any) {
	t.lacks = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// skip ends the case: the suite was not given what it needs.
func (t *trial) skip(format string, args ...any) {
	t.unasked = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// patience bounds a call that waits for something.
func (t *trial) patience() (context.Context, context.CancelFunc) { return t.within(t.run.Patience) }

// within bounds a call by the suite's clock.
func (t *trial) within(d time.Duration) (context.Context, context.CancelFunc) {
	return t.run.clock.within(t.ctx, d)
}

// stretch is how long a task does something that must last long enough for what
// the case does meanwhile, which takes d on an idle machine. It is never so long
// that its end would not be waited for, should the crowd have left by then.
func (t *trial) stretch(d time.Duration) time.Duration {
	return min(t.run.clock.stretch(d), max(d, t.run.Patience/2))
}

// quickly makes a call that does not wait for anything, and notes if it took
// long. On a busy machine anything may take long: it has three tries, before
// the later of which it ends the case's earlier attempts if the executor has
// few slots. What returns an error has no more.
func (t *trial) quickly(what string, call func(context.Context) error) error {
	best := time.Duration(math.MaxInt64)
	for try := range 3 {
		if try > 0 && t.run.slots > 0 {
			t.vacate()
		}
		ctx, cancel := t.patience()
		began := t.run.clock.read()
		err := call(ctx)
		took := t.run.clock.read() - began
		cancel()
		if best = min(best, took); best <= quick || err != nil {
			return err
		}
	}
	t.fail("%s took %v, and no less in three tries; want at most %v", what, best.Round(time.Millisecond), quick)
	return nil
}

// vacate ends the case's attempts.
func (t *trial) vacate() {
	for _, a := range t.attempts {
		if _, err := t.run.remove(t.ctx, a.house, a.task.Attempt); err != nil {
			t.fatal("attempt %s cannot be ended and removed: %v", a.task.Attempt, err)
		}
	}
}

// wantKind notes if an error is not of the kind that the contract names.
func (t *trial) wantKind(what string, err error, want sdk.Kind) {
	switch {
	case err == nil:
		t.fail("%s: no error; want one of kind %q", what, want)
	case sdk.KindOf(err) != want:
		t.fail("%s: an error of kind %q (%v); want kind %q", what, sdk.KindOf(err), err, want)
	}
}

// folder makes a folder for a mount, with files in it.
func (t *trial) folder(files map[string]string) string {
	folder := filepath.Join(t.run.dir, "data", fmt.Sprintf("folder-%d", t.run.number()))
	t.must(os.Mkdir(folder, 0o755))
	for name, content := range files {
		file := filepath.Join(folder, name)
		t.must(os.MkdirAll(filepath.Dir(file), 0o755))
		t.must(os.WriteFile(file, []byte(content), 0o644))
	}
	return folder
}

// must ends the case if the suite itself cannot work.
func (t *trial) must(err error) {
	if err != nil {
		t.fatal("the suite itself: %v", err)
	}
}

// apart launches an instance of the executor for this case alone, configured.
// It ends the case if that does not work.
func (t *trial) apart() *house { return t.again(t.run.newHouse("own")) }

// again launches the plugin for an instance whose process has been killed.
func (t *trial) again(h *house) *house {
	opened, err := t.run.open(t.ctx, h)
	if err != nil {
		t.fatal("launch the plugin: %v", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.houses = append(t.houses, opened)
	return opened
}

// unconfigured launches a plugin for this case alone and does not configure it.
func (t *trial) unconfigured() *house {
	h := t.run.newHouse("bare")
	t.must(os.MkdirAll(h.site.WorkDir, 0o700))
	launched, err := t.run.launch(t.ctx, h)
	if err != nil {
		t.fatal("launch the plugin: %v", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.houses = append(t.houses, launched)
	return launched
}
