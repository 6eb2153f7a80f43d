package sdk

import (
	"errors"
	"fmt"
	"strings"
)

// Kind classifies an error so that the agent can decide what follows. It
// survives the wire.
type Kind uint8

const (
	// Unknown is what every error is that says nothing else. The call is not
	// made again; an attempt that it belongs to ends as StartFailed, and is
	// tried again after a pause, apart from the flow's retries.
	Unknown Kind = iota
	// InvalidArgument: the task or configuration is wrong. Not retried.
	InvalidArgument
	// NotFound: the backend does not know the attempt.
	NotFound
	// FailedPrecondition: not in this state, such as Remove of what still runs.
	FailedPrecondition
	// Unavailable: the backend cannot be asked now. Retried, without end.
	Unavailable
	// ResourceExhausted: the backend is full. Retried.
	ResourceExhausted
	// PermissionDenied: the backend or the site's policy refuses it. Not retried.
	PermissionDenied
	// Unimplemented: the executor has no such ability.
	Unimplemented
)

// Retryable reports whether the same call may work later.
func (k Kind) Retryable() bool { return k == Unavailable || k == ResourceExhausted }

// Error is an error whose kind, and diagnostics, survive the wire.
type Error struct {
	Kind        Kind
	Message     string
	Diagnostics Diagnostics
	cause       error
}

// Errorf makes an error of a kind. %w wraps as in [fmt.Errorf].
func Errorf(kind Kind, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Message: err.Error(), cause: errors.Unwrap(err)}
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause, which does not cross the wire.
func (e *Error) Unwrap() error { return e.cause }

// KindOf returns the kind of the first Error in the chain of err, or Unknown.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Unknown
}

// Diagnostics are complaints about a configuration or a task.
type Diagnostics []Diagnostic

// Diagnostic is one complaint. Path leads to the word it is about, such as
// ["options", "cap_add", "0"] or ["image"], so that the agent can show the line
// of the file.
type Diagnostic struct {
	Path    []string
	Summary string
	Detail  string // what to do
	Warning bool   // the task can be run all the same
}

// Failed reports whether any of them is more than a warning.
func (d Diagnostics) Failed() bool {
	for _, diagnostic := range d {
		if !diagnostic.Warning {
			return true
		}
	}
	return false
}

// Err makes an [InvalidArgument] error of what is more than a warning, or nil.
func (d Diagnostics) Err() error {
	if !d.Failed() {
		return nil
	}
	var messages []string
	for _, diagnostic := range d {
		if !diagnostic.Warning {
			messages = append(messages, diagnostic.String())
		}
	}
	return &Error{Kind: InvalidArgument, Message: strings.Join(messages, "; "), Diagnostics: d}
}

// String is the diagnostic on one line, such as `config.endpont: unknown word
// "endpont": did you mean endpoint?`.
func (d Diagnostic) String() string {
	text := d.Summary
	if len(d.Path) > 0 {
		text = strings.Join(d.Path, ".") + ": " + text
	}
	if d.Detail != "" {
		text += ": " + d.Detail
	}
	return text
}
