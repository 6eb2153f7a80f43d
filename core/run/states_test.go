package run

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// stateful is what every type of state offers.
type stateful[S any] interface {
	~string
	Thing() string
	Meaning() string
	Next() []S
	Before() []S
	Final() bool
}

func TestStatesOfAnArrival(t *testing.T) {
	testStates(t, "arrivalstate.go", arrivalStates, ArrivalReceiving)
}
func TestStatesOfARun(t *testing.T)  { testStates(t, "runstate.go", runStates, Pending) }
func TestStatesOfATask(t *testing.T) { testStates(t, "taskstate.go", taskStates, TaskPending) }
func TestStatesOfAnAttempt(t *testing.T) {
	testStates(t, "attemptstate.go", attemptStates, AttemptIntended)
}
func TestStatesOfADelivery(t *testing.T) {
	testStates(t, "deliverystate.go", deliveryStates, DeliveryPending)
}
func TestStatesOfAnObject(t *testing.T) {
	testStates(t, "objectstate.go", objectStates, ObjectPending, ObjectNotDICOM)
}
func TestStatesOfACommitment(t *testing.T) {
	testStates(t, "commitmentstate.go", commitmentStates, CommitmentAsked)
}

// testStates checks the table of one kind of thing against its constants, and
// that a life that begins in one of the first states can come to every other.
func testStates[S stateful[S]](t *testing.T, file string, states table[S], first ...S) {
	var listed []string
	for _, e := range states {
		listed = append(listed, string(e.state))
	}
	if diff := cmp.Diff(constants(t, file), listed); diff != "" {
		t.Errorf("constants and table differ (-constants +table):\n%s", diff)
	}
	reached := slices.Clone(first)
	for i := 0; i < len(reached); i++ {
		for _, next := range reached[i].Next() {
			if !slices.Contains(reached, next) {
				reached = append(reached, next)
			}
			if !slices.Contains(next.Before(), reached[i]) {
				t.Errorf("%s follows %s, but is not said to", next, reached[i])
			}
		}
	}
	for _, e := range states {
		if !slices.Contains(reached, e.state) {
			t.Errorf("%s cannot be reached", e.state)
		}
		if e.state.Final() != (len(e.state.Next()) == 0) {
			t.Errorf("%s: Final is %t, Next is %v", e.state, e.state.Final(), e.state.Next())
		}
		if !strings.HasSuffix(e.state.Meaning(), ".") {
			t.Errorf("%s: %q is not a sentence", e.state, e.state.Meaning())
		}
		for _, next := range e.next {
			if !slices.Contains(listed, string(next)) {
				t.Errorf("%s follows %s and is unknown", next, e.state)
			}
		}
	}
}

// constants returns the values of a file's constants, in order.
func constants(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, declared := range parsed.Decls {
		group, ok := declared.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, spec := range group.Specs {
			value, err := strconv.Unquote(spec.(*ast.ValueSpec).Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
	}
	return values
}

// An operator opens again only what has ended.
func TestReopenedStatesAreFinal(t *testing.T) {
	for _, to := range []State{Pending, Running, Sending, Canceling, Done, Failed, Canceled} {
		for _, from := range to.Reopens() {
			if !from.Final() || to.Final() {
				t.Errorf("a run is opened again from %s to %s", from, to)
			}
		}
	}
	for _, from := range TaskPending.Reopens() {
		if !from.Final() {
			t.Errorf("a task is opened again from %s", from)
		}
	}
	if len(Pending.Reopens()) == 0 || len(TaskRunning.Reopens()) > 0 {
		t.Error("only what waits for its start can be opened again")
	}
}

func TestUnknownStateIsFinal(t *testing.T) {
	if s := TaskState("of a newer program"); !s.Final() || s.Meaning() != "" {
		t.Errorf("final: %t, meaning %q", s.Final(), s.Meaning())
	}
}

func TestStateErrorNamesIDAndStates(t *testing.T) {
	id := NewID()
	tests := []struct {
		err  StateError
		want string
	}{
		{StateError{"run", string(id), "failed", "done"}, "run " + string(id)[:8] + ": cannot go from failed to done"},
		{StateError{"attempt", string(AttemptOf(id, 0, 2)), "ended", "started"}, "attempt " + string(id)[:8] + "-0-2: cannot go from ended to started"},
		{StateError{"delivery", "7", "sent", "failed"}, "delivery 7: cannot go from sent to failed"},
	}
	for _, test := range tests {
		wrapped := fmt.Errorf("settle: %w", &test.err)
		var got *StateError
		if !errors.As(wrapped, &got) || got.Error() != test.want {
			t.Errorf("got  %q\nwant %q", got.Error(), test.want)
		}
	}
}
