package redact_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/redact"
)

// Names as tags' values make them.
const (
	doe  = "/data/runs/1/src/DOE^JOHN 1970/ct.dcm"
	twin = "/data/runs/1/src/DOE^JANE 1970/ct.dcm"
)

func open(path string) error {
	return &fs.PathError{Op: "open", Path: path, Err: syscall.ENOENT}
}

func link(from, to string) error {
	return &os.LinkError{Op: "link", Old: from, New: to, Err: syscall.EEXIST}
}

func TestPaths(t *testing.T) {
	const gone, exists = "no such file or directory", "file exists"
	for _, test := range []struct {
		name string
		err  error
		want string
		is   error
	}{
		{"alone", open(doe), "open: " + gone, fs.ErrNotExist},
		{"wrapped", fmt.Errorf("list output: %w", open(doe)), "list output: open: " + gone, fs.ErrNotExist},
		{"wrapped twice", fmt.Errorf("run 7: %w", fmt.Errorf("list output: %w", open(doe))), "run 7: list output: open: " + gone, fs.ErrNotExist},
		{"words behind it", fmt.Errorf("not started (%w), see its logs", open(doe)), "not started (open: " + gone + "), see its logs", fs.ErrNotExist},
		{"both paths of a link", fmt.Errorf("lay src: %w", link(doe, twin)), "lay src: link: " + exists, fs.ErrExist},
		{"joined", errors.Join(open(doe), fmt.Errorf("close: %w", link(twin, doe))), "open: " + gone + "\nclose: link: " + exists, fs.ErrExist},
		{"two in one text", fmt.Errorf("%w; then %w", open(doe), open(twin)), "open: " + gone + "; then open: " + gone, fs.ErrNotExist},
		{"the words repeat the path", fmt.Errorf("read %s (%s): %w", doe, doe, open(doe)), "read … (…): open: " + gone, fs.ErrNotExist},
		{"the words quote the path", fmt.Errorf("read %q: %w", "a\"b\n", open("a\"b\n")), `read "…": open: ` + gone, fs.ErrNotExist},
		{"one names what the other says", fmt.Errorf("read %s: %w", doe, errors.Join(open(doe), open("/data/runs/1/src/DOE^JOHN 1970"))),
			"read …: open: " + gone + "\nopen: " + gone, fs.ErrNotExist},
		{"one inside another", &fs.PathError{Op: "walk", Path: doe, Err: open(twin)}, "walk: open: " + gone, fs.ErrNotExist},
		{"a name that is part of a word stays in it", fmt.Errorf("list output out: %w", open("out")), "list output …: open: " + gone, fs.ErrNotExist},
		{"the folder itself names nothing", fmt.Errorf("list v1.2: %w", open(".")), "list v1.2: open: " + gone, fs.ErrNotExist},
		{"no path at all", open(""), "open: " + gone, fs.ErrNotExist},
		{"a static mount's name stays", fmt.Errorf("unpack static mount weights.tar: %w", open("/data/static/weights.tar")),
			"unpack static mount weights.tar: open: " + gone, fs.ErrNotExist},
		{"a problem keeps its fields", &problem.Error{Op: "read output", Object: "dst", Cause: open(doe), Advice: "free " + doe},
			"read output dst: open: " + gone + ": free …", fs.ErrNotExist},
		{"a system call names no file", os.NewSyscallError("fsync", syscall.EIO), "fsync: input/output error", syscall.EIO},
		{"another error", syscall.ENOSPC, "no space left on device", syscall.ENOSPC},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := redact.Paths(test.err)
			if got.Error() != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if !errors.Is(got, test.is) {
				t.Errorf("%v is not %v any more", got, test.is)
			}
			tellsNoPath(t, got)
			if again := redact.Paths(got); again.Error() != got.Error() {
				t.Errorf("a second time: %s", again)
			}
		})
	}
	if redact.Paths(nil) != nil {
		t.Error("no error became one")
	}
}

func tellsNoPath(t *testing.T, err error) {
	t.Helper()
	var path *fs.PathError
	var link *os.LinkError
	if errors.As(err, &path) || errors.As(err, &link) {
		t.Errorf("the path of %v can be had by errors.As", err)
	}
}

// An error that tells no path itself is still found, and one that does is not.
func TestAs(t *testing.T) {
	err := redact.Paths(fmt.Errorf("a: %w", errors.Join(
		&problem.Error{Op: "read", Object: doe, Cause: open(doe), Advice: "look"}, os.NewSyscallError("fsync", syscall.EIO), &telling{open(twin)})))
	var p *problem.Error
	if !errors.As(err, &p) || p.Op != "read" || p.Object != redact.Placeholder || p.Advice != "look" {
		t.Errorf("the problem is %#v", p)
	}
	var call *os.SyscallError
	if !errors.As(err, &call) || call.Syscall != "fsync" {
		t.Errorf("the system call is %#v", call)
	}
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		t.Error("the cause is lost")
	}
	var told *telling
	if errors.As(err, &told) {
		t.Errorf("an error with a path in its text: %v", told)
	}
}

// telling is an error that repeats what it wraps.
type telling struct{ cause error }

func (e *telling) Error() string { return "telling " + e.cause.Error() }
func (e *telling) Unwrap() error { return e.cause }

// Whatever a file is called, and however the error about it is wrapped, its
// name is not in the result.
func FuzzPaths(f *testing.F) {
	f.Add("/data/DOE^JOHN", "/data/DOE^JANE", "list output")
	f.Add("DOE^JOHN", "a/b", "read")
	f.Add("open: no such file or directory", "link", "x")
	f.Add("a\nb\"c\xff", "/", "…")
	f.Add("/data", "/data/DOE", "run")
	f.Fuzz(func(t *testing.T, one, two, words string) {
		shapes := func(one, two string) []error {
			return []error{
				open(one),
				fmt.Errorf("%s: %w", words, open(one)),
				fmt.Errorf("%s %s: %w", words, one, fmt.Errorf("(%w)", open(one))),
				fmt.Errorf("%s %q: %w", words, one, open(one)),
				fmt.Errorf("%s: %w", words, link(one, two)),
				fmt.Errorf("%s %s: %w", words, two, errors.Join(open(one), link(two, one))),
				&problem.Error{Op: words, Object: one, Cause: fmt.Errorf("read %s: %w", two, errors.Join(open(one), open(two))), Advice: "see " + one},
				&fs.PathError{Op: words, Path: one, Err: link(two, one)},
			}
		}
		without := shapes("", "")
		for i, err := range shapes(one, two) {
			got := redact.Paths(err)
			tellsNoPath(t, got)
			for _, path := range []string{one, two} {
				names := strings.Trim(path, "./") != ""
				said := strings.Contains(without[i].Error(), path) || strings.Contains(redact.Placeholder, path) || strings.Contains(path, redact.Placeholder)
				if names && !said && strings.Contains(err.Error(), path) && strings.Contains(got.Error(), path) {
					t.Errorf("%q is in %q, which was %q", path, got, err)
				}
			}
			if !errors.Is(got, fs.ErrNotExist) && !errors.Is(got, fs.ErrExist) {
				t.Errorf("the cause of %q is lost", got)
			}
		}
	})
}
