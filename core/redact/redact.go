// Package redact takes out of errors what must not reach logs and reasons:
// names of files and folders can be values of patients' tags.
//
// An error comes in, and one that says the same without the names comes out.
// The words that callers wrote round it stay.
package redact

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/raddeploy/raddeploy/core/problem"
)

// Placeholder stands where a path stood in the words round an error.
const Placeholder = "…"

// Paths returns an error that says what went wrong with files without naming
// them: "unpack weights.tar: open /data/x: no such file" becomes "unpack
// weights.tar: open: no such file". A path that the words round it repeat
// becomes [Placeholder]. An error without a path is returned as it is.
//
// [errors.Is] finds what it found before, and [errors.As] all but the errors
// whose text or fields would tell a path.
func Paths(err error) error {
	found := find(err, nil)
	if len(found) == 0 {
		return err
	}
	return newScrubber(found).clean(err)
}

// named is an error that names files.
type named struct {
	err   error
	op    string
	paths []string
	cause error
}

// asNamed returns what an error itself, without those that it wraps, says of
// files.
func asNamed(err error) (named, bool) {
	switch e := err.(type) {
	case *fs.PathError:
		return named{e, e.Op, []string{e.Path}, e.Err}, true
	case *os.LinkError:
		return named{e, e.Op, []string{e.Old, e.New}, e.Err}, true
	}
	return named{}, false
}

// find returns the errors in a tree that name files, the outer ones first.
func find(err error, found []named) []named {
	if n, ok := asNamed(err); ok {
		found = append(found, n)
	}
	for _, child := range children(err) {
		found = find(child, found)
	}
	return found
}

// children returns what an error wraps.
func children(err error) []error {
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if child := e.Unwrap(); child != nil {
			return []error{child}
		}
	case interface{ Unwrap() []error }:
		return e.Unwrap()
	}
	return nil
}

// scrubber takes the names of certain files out of texts.
type scrubber struct {
	errors []named
	paths  []string // those that name something, the longest first
}

func newScrubber(found []named) *scrubber {
	s := &scrubber{errors: found}
	for _, n := range found {
		for _, path := range n.paths {
			if strings.Trim(path, "./") == "" {
				continue // the root, or the folder itself
			}
			s.paths = append(s.paths, path)
			quoted := strconv.Quote(path) // as %q has it
			if quoted = quoted[1 : len(quoted)-1]; quoted != path {
				s.paths = append(s.paths, quoted)
			}
		}
	}
	slices.SortFunc(s.paths, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b))
	})
	s.paths = slices.Compact(s.paths)
	return s
}

// text returns a text without the paths.
func (s *scrubber) text(text string) string {
	for _, n := range s.errors {
		text = strings.ReplaceAll(text, n.err.Error(), n.op+": "+n.cause.Error())
	}
	for _, path := range s.paths {
		text = replace(text, path)
	}
	return text
}

// replace puts the placeholder where a path stands in a text. A name of letters
// is not taken out of the midst of a word.
func replace(text, path string) string {
	var b strings.Builder
	for from := 0; ; {
		i := strings.Index(text[from:], path)
		if i < 0 {
			b.WriteString(text[from:])
			return b.String()
		}
		start, end := from+i, from+i+len(path)
		if !strings.Contains(path, "/") && (insideWord(text, start) || insideWord(text, end)) {
			_, size := utf8.DecodeRuneInString(text[start:])
			b.WriteString(text[from : start+size])
			from = start + size
			continue
		}
		b.WriteString(text[from:start] + Placeholder)
		from = end
	}
}

// insideWord reports whether there are letters or digits on both sides of a
// place in a text.
func insideWord(text string, at int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after, _ := utf8.DecodeRuneInString(text[at:])
	return wordRune(before) && wordRune(after)
}

func wordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// clean returns an error without the paths, and what it wraps without them.
func (s *scrubber) clean(err error) error {
	if p, ok := err.(*problem.Error); ok {
		cleaned := &problem.Error{Op: s.text(p.Op), Object: s.text(p.Object), Advice: s.text(p.Advice)}
		if p.Cause != nil {
			cleaned.Cause = s.clean(p.Cause)
		}
		return cleaned
	}
	text := s.text(err.Error())
	if text == err.Error() && len(find(err, nil)) == 0 {
		return err
	}
	cleaned := &pathless{text: text, was: err}
	for _, child := range children(err) {
		cleaned.causes = append(cleaned.causes, s.clean(child))
	}
	return cleaned
}

// pathless is an error without the paths that it named.
type pathless struct {
	text   string
	causes []error
	was    error
}

func (e *pathless) Error() string   { return e.text }
func (e *pathless) Unwrap() []error { return e.causes }

// Is reports what the error was, which tells no path.
func (e *pathless) Is(target error) bool { return errors.Is(e.was, target) }
