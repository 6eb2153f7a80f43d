// Package problem holds the error that an operator meets: what was being done,
// to what, what went wrong, and what to do about it.
//
// An error comes in wrapped as often as its way needs; its advice and its
// reason come out apart, so that a log, a page and JSON can show them apart.
// The package decides nothing and writes nothing.
package problem

import (
	"errors"
	"strings"
)

// Error is a problem that an operator can do something about. Each field may be
// empty.
type Error struct {
	Op     string // what was being done, such as "unpack static mount"
	Object string // what it was done to, such as "weights.tar"
	Cause  error  // what went wrong
	Advice string // what to do, such as "put it there"
}

// Error says all fields on one line: "op object: cause: advice".
func (e *Error) Error() string {
	return join(e.reason(), e.Advice)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Hint returns the advice.
func (e *Error) Hint() string { return e.Advice }

func (e *Error) reason() string {
	var cause string
	if e.Cause != nil {
		cause = e.Cause.Error()
	}
	return join(strings.TrimSpace(e.Op+" "+e.Object), cause)
}

// join puts a colon between two texts, unless one is empty.
func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ": " + b
}

// New returns a problem that has no other error as its cause. The text says the
// operation, the object and what is wrong with it.
func New(text, advice string) error {
	return &Error{Cause: errors.New(text), Advice: advice}
}

// hinter is an error with advice. Packages that may not import this one, such as
// those of the sdk, implement it too.
type hinter interface {
	error
	Hint() string
}

// Advice returns what to do about an error, or "". Of several pieces of advice
// in the tree of err, the outermost counts.
func Advice(err error) string {
	switch e := err.(type) {
	case nil:
		return ""
	case hinter:
		if advice := e.Hint(); advice != "" {
			return advice
		}
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return Advice(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			if advice := Advice(one); advice != "" {
				return advice
			}
		}
	}
	return ""
}

// Reason returns the text of an error without the advice at its end.
func Reason(err error) string {
	text := err.Error()
	if advice := Advice(err); advice != "" {
		return strings.TrimSuffix(text, ": "+advice)
	}
	return text
}

// Fields returns an error as keys and values of a log line: its reason under the
// key, then what it has of advice and of located source lines.
func Fields(key string, err error) []any {
	var located interface{ Render() string }
	if errors.As(err, &located) { // which says the advice beside each line
		return []any{key, err.Error(), "source", located.Render()}
	}
	fields := []any{key, Reason(err)}
	if advice := Advice(err); advice != "" {
		fields = append(fields, "advice", advice)
	}
	return fields
}
