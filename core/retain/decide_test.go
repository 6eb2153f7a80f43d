package retain

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/raddeploy/raddeploy/core/run"
)

// Whoever adds a state decides whether what is in it needs its files.
func TestEveryStateIsDecided(t *testing.T) {
	decided(t, "arrivalstate.go", arrivalOver)
	decided(t, "runstate.go", runOver)
	decided(t, "deliverystate.go", deliveryOver)
	decided(t, "attemptstate.go", attemptOver)
}

func decided[S ~string](t *testing.T, file string, over map[S]bool) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), "../run/"+file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(parsed, func(n ast.Node) bool {
		declared, ok := n.(*ast.GenDecl)
		if !ok || declared.Tok != token.CONST {
			return true
		}
		for _, spec := range declared.Specs {
			value, err := strconv.Unquote(spec.(*ast.ValueSpec).Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			found++
			if _, ok := over[S(value)]; !ok {
				t.Errorf("%s: say in decide.go whether what is %s needs its files", file, value)
			}
		}
		return true
	})
	if found < 3 {
		t.Errorf("%s: only %d states were found: the test proves nothing", file, found)
	}
}

func TestAdvance(t *testing.T) {
	const h, day = time.Hour, 24 * time.Hour
	noon := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	jump := func(before time.Duration, size time.Duration) run.ClockJump {
		return run.ClockJump{Before: noon.Add(before), Size: size}
	}
	for name, test := range map[string]struct {
		jumps  []run.ClockJump
		shown  time.Duration // after noon, when it was seen last
		passed time.Duration
		want   []run.ClockJump
	}{
		"no jump":                     {shown: h, passed: h},
		"corrected by half a minute":  {shown: h + 30*time.Second, passed: h},
		"a year ahead":                {shown: h + 365*day, passed: h, want: []run.ClockJump{jump(h, 365*day)}},
		"back, with nothing to undo":  {shown: -365 * day, passed: h},
		"back to where it was":        {jumps: []run.ClockJump{jump(-400*day, 365*day)}, shown: h - 365*day, passed: h},
		"back a part":                 {jumps: []run.ClockJump{jump(-400*day, 365*day)}, shown: h - 5*day, passed: h, want: []run.ClockJump{jump(-400*day, 360*day)}},
		"back more than the last one": {jumps: []run.ClockJump{jump(-9*day, day), jump(-8*day, day)}, shown: h - 36*h, passed: h, want: []run.ClockJump{jump(-9*day, 12*h)}},
	} {
		t.Run(name, func(t *testing.T) {
			before := run.RetentionClock{Began: noon.Add(-500 * day), Seen: noon, Jumps: test.jumps}
			got, _ := advance(before, noon.Add(test.shown), test.passed)
			if diff := cmp.Diff(test.want, got.Jumps, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	first, jumped := advance(run.RetentionClock{}, noon, 0)
	if jumped != 0 || first.Began != noon || len(first.Jumps) != 0 {
		t.Errorf("the first look sees %+v and a jump of %v", first, jumped)
	}
	if back, _ := advance(run.RetentionClock{Began: noon.Add(-h), Seen: noon}, noon.Add(-day), h); back.Began.After(back.Seen) {
		t.Errorf("a first look in the future would hold removals up until then: %v", back)
	}
}

// What is due at a time has that age then.
func TestDueIsWhenTheAgeIsReached(t *testing.T) {
	noon := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	jumps := []run.ClockJump{{Before: noon, Size: 50 * time.Hour}, {Before: noon.Add(100 * time.Hour), Size: 7 * time.Hour}}
	for _, end := range []time.Duration{-time.Hour, 60 * time.Hour, 150 * time.Hour} {
		for _, age := range []time.Duration{time.Hour, 80 * time.Hour} {
			clock := clockNow{run.RetentionClock{Jumps: jumps}, noon.Add(200 * time.Hour)}
			clock.now = clock.due(noon.Add(end), age)
			if got := clock.age(noon.Add(end)); got != age {
				t.Errorf("ended at noon + %v: when an age of %v is due, the age is %v", end, age, got)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	l := Limits{Files: 5, Logs: 50, Runs: 10}
	if l.files() != 5 || l.logs() != 10 {
		t.Errorf("files %d, logs %d: what is kept longer than its rows could not be found", l.files(), l.logs())
	}
}
