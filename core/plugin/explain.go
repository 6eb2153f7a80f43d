package plugin

import (
	"errors"

	"github.com/raddeploy/raddeploy/sdk"
)

// explainedError is a plugin's error told with the places of what it complains about.
type explainedError struct{ told, cause error }

func (e *explainedError) Error() string   { return e.told.Error() }
func (e *explainedError) Unwrap() []error { return []error{e.told, e.cause} }

// explained gives the complaints that an error of Configure carries their places in the site's files.
func (e *Executor) explained(err error) error {
	var typed *sdk.Error
	if e.spec.Explain == nil || !errors.As(err, &typed) || len(typed.Diagnostics) == 0 {
		return err
	}
	told := e.spec.Explain(typed.Diagnostics)
	if told == nil {
		return err
	}
	return &explainedError{told, err}
}
