package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// Each state has a look of its own choice: none that is final looks as if it waited.
func TestStatesHaveALook(t *testing.T) {
	for _, s := range run.RunStates() {
		checkLook(t, string(s), s.Final())
	}
	for _, s := range run.ArrivalStates() {
		checkLook(t, string(s), s.Final() && s != run.ArrivalUnmatched)
	}
	for _, s := range run.DeliveryStates() {
		checkLook(t, string(s), s.Final())
	}
	for _, s := range []run.TaskState{run.TaskPending, run.TaskRunning, run.TaskSucceeded, run.TaskFailed, run.TaskSkipped, run.TaskCanceled} {
		checkLook(t, string(s), s.Final())
	}
}

func checkLook(t *testing.T, state string, final bool) {
	t.Helper()
	if look := class(state); final && (look == "s-waiting" || look == "s-running") {
		t.Errorf("%s is final and looks like %s", state, look)
	}
}

func TestWords(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{spell(59 * time.Second), "59 s"},
		{spell(90 * time.Minute), "1 h"},
		{spell(50 * time.Hour), "2 d"},
		{lasted(72 * time.Second), "1 min 12 s"},
		{lasted(1500 * time.Millisecond), "1.5 s"},
		{sinceWords("in", -3*time.Minute), "in 3 min"},
		{sinceWords("in", time.Second), "now"},
		{sinceWords("ago", -time.Second), "0 s ago"},
		{thousands(14208), "14,208"},
		{thousands(-1000), "-1,000"},
		{count(1, "object"), "1 object"},
		{count(2, "delivery"), "2 deliveries"},
		{byteSize(int64(1536)), "1.5 KiB"},
		{visible("a\u202eb"), `a\u202eb`},
		{cut(4, "häuser"), "häu…"},
		{short("0b7c1f8e-1111"), "0b7c1f8e"},
	} {
		if test.got != test.want {
			t.Errorf("said %q, want %q", test.got, test.want)
		}
	}
}

func TestStateIsAShapeAWordAndAColor(t *testing.T) {
	got := string(state(run.Failed))
	if want := `<span class="s s-failed" title="A task or a delivery failed for good.">failed</span>`; got != want {
		t.Errorf("a failed run is %s, want %s", got, want)
	}
	if got := string(state(`<b>`)); strings.Contains(got, "<b>") {
		t.Errorf("a state is not escaped: %s", got)
	}
}

func TestRates(t *testing.T) {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	points := []point{{at: began}, {at: began.Add(10 * time.Second), objects: 50}, {at: began.Add(10*time.Second + 1), objects: 60}, {at: began.Add(20 * time.Second), objects: 60}}
	if got := rates(points); !slices.EqualFunc(got, []float64{5, 0}, func(a, b float64) bool { return a-b < 0.01 && b-a < 0.01 }) {
		t.Errorf("the rates are %v", got)
	}
	if c := newChart("l", []float64{0, 10}); !strings.HasPrefix(c.Line, "M119.5 29.0L120.0 2.0") {
		t.Errorf("the line is %s", c.Line)
	}
}
