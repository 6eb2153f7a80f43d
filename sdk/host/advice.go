package host

import "fmt"

// Error is why a plugin was not launched, where an operator can do something
// about it.
type Error struct {
	Path   string // of the plugin's program
	Reason string // what is wrong with it
	Advice string // what to do
}

// Error says all of it on one line.
func (e *Error) Error() string {
	return fmt.Sprintf("plugin %s %s: %s", e.Path, e.Reason, e.Advice)
}

// Hint returns the advice.
func (e *Error) Hint() string { return e.Advice }
