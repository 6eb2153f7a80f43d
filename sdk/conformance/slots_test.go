package conformance

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/fake"
)

// slottedSuite is the suite on a fake in this process that runs one task at
// once, and the fake's configuration.
func slottedSuite(t *testing.T, wrap func(*fake.Local) plugin) (Suite, []byte) {
	s := brokenSuite(t, "")
	config := fmt.Appendf(nil, `{"dir": %q, "gpus": ["GPU-a", "GPU-b"], "poll": "20ms", "slots": 1}`, t.TempDir())
	s.Config, s.instead = config, func() plugin { return wrap(fake.Launch("")) }
	return s, config
}

// tallied counts the attempts that were started and have not been seen to end.
type tallied struct {
	*fake.Local
	live *live
}

type live struct {
	mu       sync.Mutex
	attempts map[sdk.AttemptID]bool
	most     int
}

func (l *live) set(attempt sdk.AttemptID, lives bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if delete(l.attempts, attempt); lives {
		l.attempts[attempt] = true
	}
	l.most = max(l.most, len(l.attempts))
}

func (c tallied) Start(ctx context.Context, task *sdk.Task) (sdk.Handle, error) {
	c.live.mu.Lock()
	_, known := c.live.attempts[task.Attempt]
	c.live.mu.Unlock()
	handle, err := c.Local.Start(ctx, task)
	if held, e := c.List(ctx); err == nil && e == nil && !known {
		for _, one := range held {
			if one.Attempt == task.Attempt && !one.Ended {
				c.live.set(task.Attempt, true)
			}
		}
	}
	return handle, err
}

func (c tallied) Watch(ctx context.Context, attempt sdk.AttemptID, emit func(sdk.Event) error) error {
	return c.Local.Watch(ctx, attempt, func(e sdk.Event) error {
		if e.Exit != nil {
			c.live.set(attempt, false)
		}
		return emit(e)
	})
}

func (c tallied) Remove(ctx context.Context, attempt sdk.AttemptID) error {
	err := c.Local.Remove(ctx, attempt)
	if err == nil {
		c.live.set(attempt, false)
	}
	return err
}

func TestAPluginWithOneSlotPassesAndIsHandedOneTaskAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("its cases run one after the other")
	}
	t.Parallel()
	tasks := &live{attempts: map[sdk.AttemptID]bool{}}
	suite, _ := slottedSuite(t, func(l *fake.Local) plugin { return tallied{l, tasks} })
	if err := suite.Check(t.Context(), func(r Result) {
		if r.State != Passed {
			t.Error(r)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if tasks.most != 1 {
		t.Errorf("it was handed %d tasks at once; want 1", tasks.most)
	}
}

func TestWhatNeverHasItsTurnIsSaidToBeQueued(t *testing.T) {
	t.Parallel()
	suite, config := slottedSuite(t, func(l *fake.Local) plugin { return l })
	other := fake.Launch("")
	defer other.Close()
	if err := other.Configure(t.Context(), sdk.Site{Name: "other", Instance: "other"}, config); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Start(t.Context(), &sdk.Task{Attempt: "holder", Options: []byte(`{"hold": true}`)}); err != nil {
		t.Fatal(err)
	}
	if err := other.Watch(t.Context(), "holder", func(e sdk.Event) error {
		if e.State == sdk.Running {
			return errEnough
		}
		return nil
	}); err != errEnough {
		t.Fatal(err)
	}
	suite.Patience, suite.Only = 3*time.Second, regexp.MustCompile("^(exit/code 0|logs/follow to the end)$")
	results := checked(t, suite)
	const want = "is still queued after 3s: the suite runs one case at once; give the backend more slots, or raise -patience / Suite.Patience, " +
		"or lower -parallel / Suite.Parallel"
	for name, r := range results {
		if r.State != Failed || !strings.Contains(strings.Join(r.Findings, "\n"), want) {
			t.Errorf("%s does not say that its task is queued:\n%s", name, r)
		}
	}
}

// unstoppable does nothing when it is asked to stop.
type unstoppable struct{ *fake.Local }

func (unstoppable) Stop(context.Context, sdk.AttemptID, time.Duration) error { return nil }

func TestWhatAStuckTaskBreaksIsSaidToBeAConsequence(t *testing.T) {
	t.Parallel()
	suite, _ := slottedSuite(t, func(l *fake.Local) plugin { return unstoppable{l} })
	suite.Patience = 3 * time.Second
	suite.Only = regexp.MustCompile("^(stop/gently first|watch/the present state first|deadline/is kept|remove/leaves nothing behind)$")
	results := checked(t, suite)
	stuck := regexp.MustCompile(`Stop of attempt \S+ of "stop/gently first" was called with grace 0s, returned nil, and it still runs after 3s\.`)
	for name, r := range results {
		said := strings.Join(r.Findings, "\n")
		consequence := strings.Contains(said, "probably a consequence")
		switch {
		case r.State != Failed:
			t.Errorf("%s is %s; want failed", name, r.State)
		case name == "stop/gently first" && consequence:
			t.Errorf("the cause is said to be a consequence:\n%s", r)
		case name == "remove/leaves nothing behind" && len(stuck.FindAllString(said, -1)) != 1:
			t.Errorf("it is not said once that Stop did nothing:\n%s", r)
		case strings.HasPrefix(name, "watch/"), strings.HasPrefix(name, "deadline/"):
			if !consequence || !stuck.MatchString(said) {
				t.Errorf("not said to be a consequence of Stop:\n%s", r)
			}
		}
	}
}

func TestWhatGoesWrongWithFiftyIsOneFinding(t *testing.T) {
	t.Parallel()
	suite := brokenSuite(t, "crowds are refused")
	suite.Only = regexp.MustCompile("^start/fifty at once$")
	want := regexp.MustCompile(`^[1-9][0-9]* of fifty did not end as they should: first: Start of number [1-9][0-9]*: [^\n]*$`)
	if r := checked(t, suite)["start/fifty at once"]; len(r.Findings) != 1 || !want.MatchString(r.Findings[0]) {
		t.Errorf("the findings are %q; want one that matches %s", r.Findings, want)
	}
}

func checked(t *testing.T, s Suite) map[string]Result {
	t.Helper()
	results := map[string]Result{}
	if err := s.Check(t.Context(), func(r Result) { results[r.Name] = r }); err != nil {
		t.Fatal(err)
	}
	if len(results) == 0 {
		t.Fatal("no case was run")
	}
	return results
}
