package problem_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/problem"
)

// hinted is an error of a package that may not import problem.
type hinted struct{}

func (hinted) Error() string { return "plugin is missing: install it" }
func (hinted) Hint() string  { return "install it" }

// located is an error that can show source lines.
type located struct{}

func (located) Error() string  { return "a.hcl:1:2: no" }
func (located) Render() string { return "a.hcl:1:2: no\n    1 | x" }

func TestError(t *testing.T) {
	full := &problem.Error{Op: "unpack static mount", Object: "weights.tar", Cause: fs.ErrNotExist, Advice: "put it there"}
	for _, test := range []struct {
		name                 string
		err                  error
		text, reason, advice string
	}{
		{"all fields", full, "unpack static mount weights.tar: file does not exist: put it there",
			"unpack static mount weights.tar: file does not exist", "put it there"},
		{"no advice", &problem.Error{Op: "lock", Cause: fs.ErrExist}, "lock: file already exists", "lock: file already exists", ""},
		{"an object alone", &problem.Error{Object: "image x", Cause: fs.ErrExist}, "image x: file already exists", "image x: file already exists", ""},
		{"no cause", &problem.Error{Op: "find", Object: "x", Advice: "look"}, "find x: look", "find x", "look"},
		{"a cause alone", problem.New("it is empty", "remove it"), "it is empty: remove it", "it is empty", "remove it"},
		{"wrapped twice", fmt.Errorf("a: %w", fmt.Errorf("b: %w", full)),
			"a: b: unpack static mount weights.tar: file does not exist: put it there",
			"a: b: unpack static mount weights.tar: file does not exist", "put it there"},
		{"wrapped in words behind it", fmt.Errorf("not started (%w)", problem.New("no", "do")), "not started (no: do)", "not started (no: do)", "do"},
		{"joined", errors.Join(fs.ErrExist, problem.New("no", "do")), "file already exists\nno: do", "file already exists\nno", "do"},
		{"the outermost advice counts", &problem.Error{Op: "a", Cause: problem.New("b", "inner"), Advice: "outer"},
			"a: b: inner: outer", "a: b: inner", "outer"},
		{"a problem without advice round one that has some", &problem.Error{Op: "a", Cause: problem.New("b", "inner")}, "a: b: inner", "a: b", "inner"},
		{"another package's advice", fmt.Errorf("executor x: %w", hinted{}),
			"executor x: plugin is missing: install it", "executor x: plugin is missing", "install it"},
		{"an error that gives none", fs.ErrExist, "file already exists", "file already exists", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := []string{test.err.Error(), problem.Reason(test.err), problem.Advice(test.err)}
			if diff := cmp.Diff([]string{test.text, test.reason, test.advice}, got); diff != "" {
				t.Errorf("text, reason, advice: -want +got:\n%s", diff)
			}
		})
	}
	if !errors.Is(full, fs.ErrNotExist) {
		t.Error("the cause of a problem is lost")
	}
	if advice := problem.Advice(nil); advice != "" {
		t.Errorf("no error advises %q", advice)
	}
}

func TestFields(t *testing.T) {
	for _, test := range []struct {
		err  error
		want []any
	}{
		{fs.ErrExist, []any{"error", "file already exists"}},
		{problem.New("no", "do"), []any{"error", "no", "advice", "do"}},
		{fmt.Errorf("configure: %w", located{}), []any{"error", "configure: a.hcl:1:2: no", "source", "a.hcl:1:2: no\n    1 | x"}},
	} {
		if diff := cmp.Diff(test.want, problem.Fields("error", test.err)); diff != "" {
			t.Errorf("%v: -want +got:\n%s", test.err, diff)
		}
	}
}
