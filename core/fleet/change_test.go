package fleet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/inventory"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/fake"
)

// ledger is rows that change.
type ledger struct {
	mu   sync.Mutex
	rows rows
	err  error
}

func (l *ledger) AttemptsIn(ctx context.Context, states ...run.AttemptState) ([]run.Attempt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	found, _ := l.rows.AttemptsIn(ctx, states...)
	return found, l.err
}

func (l *ledger) Drained(context.Context) (map[string]run.Drained, error) { return nil, nil }

func (l *ledger) set(err error, attempts ...run.Attempt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rows, l.err = attempts, err
}

// changing is a site on rows that change.
func changing(t *testing.T, blocks ...config.Executor) (*site, *ledger) {
	t.Helper()
	s, known := newSite(t, nil), &ledger{}
	var err error
	s.Fleet, err = New(s.host, blocks, inventory.New(), known, s.change)
	s.check(err)
	return s, known
}

func block(instance string, cpus int) config.Executor {
	return config.Executor{Plugin: "docker", Instance: instance, CPUs: cpus}
}

// with is a block with a setting of its plugin.
func with(c config.Executor, endpoint string) config.Executor {
	value := &lang.Node{Kind: lang.Scalar, Text: endpoint}
	c.Config = &lang.Node{Kind: lang.Map, Pairs: []lang.Pair{{Key: "endpoint", Value: value}}}
	return c
}

// shown is how the executors are: their names, slots and health.
func (s *site) shown() string {
	var all []string
	for _, e := range s.Statuses() {
		all = append(all, fmt.Sprintf("%s %d %s", e.Instance, e.CPUs, e.Health))
	}
	return strings.Join(all, ", ")
}

// An executor that is added starts at once and takes tasks, and one whose slots
// change goes on as it is.
func TestAddedAndChanged(t *testing.T) {
	s, _ := changing(t, block("a", 1))
	s.run()
	s.until("the first one", func() bool { return s.shown() == "a 1 healthy" })
	process := s.Executor("a").Generation()
	s.check(s.Change([]config.Executor{block("a", 3), block("b", 2)}))
	s.until("the added one", func() bool { return s.shown() == "a 3 healthy, b 2 healthy" })
	board := s.Board()
	if len(board) != 2 || board[0].CPUs != 3 || !board[0].Up || board[1].CPUs != 2 || !board[1].Up {
		t.Errorf("board %+v", board)
	}
	if now := s.Executor("a").Generation(); now != process {
		t.Error("the plugin was launched anew for what only the agent looks at")
	}
}

// A plugin that is to be told something else is launched anew, and knows the
// attempts of its backend.
func TestChangedConfig(t *testing.T) {
	s, known := changing(t, block("a", 1))
	known.set(nil, run.Attempt{ID: "held", State: run.AttemptStarted, Executor: "a"})
	s.begin("a", fake.Plan{Hold: true}, "held")
	s.run()
	s.until("up", func() bool { return s.shown() == "a 1 healthy" })
	e := s.Executor("a")
	changed := block("a", 1)
	changed.Path = programs + "/raddeploy-executor-docker" // the same program, said otherwise
	s.check(s.Change([]config.Executor{changed}))
	s.until("launched anew", func() bool { return e.Generation() == 2 && s.shown() == "a 1 healthy" })
	if s.Executor("a") != e {
		t.Error("those who watch attempts have another executor")
	}
	if held, err := e.List(t.Context()); err != nil || len(held) != 1 || held[0].Attempt != "held" {
		t.Errorf("it holds %v, %v", held, err)
	}
}

// One that is removed ends its tasks, takes no others, and then leaves. Until
// then its tasks hold their slots of the host.
func TestRemoved(t *testing.T) {
	s, known := changing(t, block("a", 1), block("b", 1))
	open := run.Attempt{ID: "held", State: run.AttemptStarted, Executor: "b"}
	known.set(nil, open)
	s.begin("b", fake.Plan{Hold: true}, "held")
	s.run()
	s.until("up", func() bool { return s.shown() == "a 1 healthy, b 1 healthy" })
	s.Lease(open)
	s.check(s.Change([]config.Executor{block("a", 1)}))
	s.until("draining", func() bool { return s.shown() == "a 1 healthy, b 1 draining" })
	if b := s.Board()[1]; b.Up || b.Tasks != 1 || !strings.Contains(b.Message, "the site no longer has it") {
		t.Errorf("board %+v", b)
	}
	if !s.Configured("b") || s.Executor("b").Err() != nil {
		t.Error("its tasks cannot be asked for any more")
	}
	known.set(errors.New("disk I/O error"), open)
	s.untilLogged("cannot look whether a removed executor has tasks")
	s.Ended("held", sdk.Exit{}) // and it is still to be removed
	known.set(nil, run.Attempt{ID: "held", State: run.AttemptEnded, Executor: "b"})
	s.Release("held")
	if got := s.shown(); got != "a 1 healthy, b 1 draining" {
		t.Errorf("before the attempt is removed: %s", got)
	}
	known.set(nil)
	s.until("gone", func() bool { return s.shown() == "a 1 healthy" })
	if s.Configured("b") || len(s.Board()) != 1 {
		t.Error("it is gone and still there")
	}
	s.untilLogged("executor has left")
	s.check(s.Change([]config.Executor{block("a", 1), block("b", 4)}))
	s.until("there again", func() bool { return s.shown() == "a 1 healthy, b 4 healthy" })
}

// One that is removed and named again before it has left goes on.
func TestRemovedAndBack(t *testing.T) {
	s, known := changing(t, block("a", 1), block("b", 1))
	known.set(nil, run.Attempt{ID: "held", State: run.AttemptStarted, Executor: "b"})
	s.begin("b", fake.Plan{Hold: true}, "held")
	s.run()
	s.until("up", func() bool { return s.shown() == "a 1 healthy, b 1 healthy" })
	e := s.Executor("b")
	s.check(s.Change([]config.Executor{block("a", 1)}))
	s.check(s.Change([]config.Executor{block("b", 2), block("a", 1)}))
	s.until("back", func() bool { return s.shown() == "b 2 healthy, a 1 healthy" })
	if s.Executor("b") != e || !s.Board()[0].Up {
		t.Error("it is another one, or takes no tasks")
	}
}

// A task whose place was chosen before its executor left still runs there.
func TestLeaseOfOneThatHasLeft(t *testing.T) {
	s, known := changing(t, block("a", 1), block("b", 1))
	s.run()
	s.until("up", func() bool { return s.shown() == "a 1 healthy, b 1 healthy" })
	s.check(s.Change([]config.Executor{block("a", 1)}))
	s.until("gone", func() bool { return s.shown() == "a 1 healthy" })
	late := run.Attempt{ID: "late", State: run.AttemptIntended, Executor: "b"}
	s.Lease(late)
	known.set(nil, late)
	s.until("back for it", func() bool { return s.shown() == "a 1 healthy, b 1 draining" })
	if !s.Configured("b") {
		t.Error("its attempt cannot be asked for")
	}
	known.set(nil)
	s.Release("late")
	s.until("gone again", func() bool { return s.shown() == "a 1 healthy" })
}

// What can be seen to be wrong is found before anything changes.
func TestCheck(t *testing.T) {
	s, _ := changing(t, block("a", 1))
	s.run()
	s.until("up", func() bool { return s.shown() == "a 1 healthy" })
	source := lang.NewSource("site.hcl", []byte("x"))
	missing := config.Executor{Plugin: "podman", Instance: "p", At: source.Whole()}
	for _, test := range []struct {
		name   string
		blocks []config.Executor
		want   string
	}{
		{"nothing new", []config.Executor{block("a", 5)}, ""},
		{"one more", []config.Executor{block("a", 1), block("b", 1)}, ""},
		{"a setting that the plugin does not know", []config.Executor{with(block("a", 1), "x")}, "endpoint"},
		{"one more with such a setting", []config.Executor{block("a", 1), with(block("b", 1), "x")}, "endpoint"},
		{"no such plugin", []config.Executor{block("a", 1), missing}, "raddeploy-executor-podman"},
	} {
		err := s.Check(t.Context(), test.blocks)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
	if got := s.shown(); got != "a 1 healthy" || s.Executor("a").Generation() != 1 {
		t.Errorf("after the checks: %s", got)
	}
	if s.Change([]config.Executor{block("a", 2), {Plugin: "../x", Instance: "x"}}) == nil {
		t.Error("a plugin's name that cannot be was taken")
	}
	if got := s.shown(); got != "a 1 healthy" {
		t.Errorf("after a change that failed: %s", got)
	}
}

// Changes, leases, looks and the loops at once, for the race detector.
func TestChangesAtOnce(t *testing.T) {
	s, _ := changing(t, block("a", 1))
	s.run()
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for n := range 10 {
				if err := s.Change([]config.Executor{block("a", 1+n), block(fmt.Sprint("b", i), 1)}); err != nil {
					t.Error(err)
				}
				id := run.AttemptID(fmt.Sprint(i, "-", n))
				s.Lease(run.Attempt{ID: id, Executor: fmt.Sprint("b", i)})
				_, _ = s.Board(), s.shown()
				s.Release(id)
			}
		})
	}
	all.Wait()
	s.check(s.Change([]config.Executor{block("a", 7)}))
	s.until("all others to be gone", func() bool { return s.shown() == "a 7 healthy" })
}

// An executor that has left and whose folder cannot be made again is said.
func TestCallBackThatFails(t *testing.T) {
	s, _ := changing(t, block("a", 1), block("b", 1))
	s.host.Logger = hclog.NewNullLogger()
	s.run()
	s.check(s.Change([]config.Executor{block("a", 1)}))
	s.until("gone", func() bool { return !s.Configured("b") })
	s.check(os.RemoveAll(s.host.DataDir + "/executors/b"))
	s.check(os.WriteFile(s.host.DataDir+"/executors/b", nil, 0o600))
	s.Lease(run.Attempt{ID: "late", Executor: "b"})
	s.untilLogged("cannot open an executor again that has left")
}
