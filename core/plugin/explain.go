package plugin

import (
	"errors"
	"slices"

	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/sdk"
)

// explainedError is a plugin's error told with the places of what it complains
// about.
type explainedError struct{ told, cause error }

func (e *explainedError) Error() string   { return e.told.Error() }
func (e *explainedError) Unwrap() []error { return []error{e.told, e.cause} }

// explained gives the complaints that an error of Configure carries their
// places in the site's files.
func (s *Spec) explained(err error) error {
	var typed *sdk.Error
	if s.Explain == nil || !errors.As(err, &typed) || len(typed.Diagnostics) == 0 {
		return err
	}
	told := s.Explain(typed.Diagnostics)
	if told == nil {
		return err
	}
	return &explainedError{told, err}
}

// ExplainConfig gives a plugin's complaints about its configuration, whose
// paths begin with "config", their places in the block that it was read from.
func ExplainConfig(block *lang.Node, found sdk.Diagnostics) lang.Diagnostics {
	found = slices.Clone(found)
	for i, d := range found {
		if len(d.Path) > 0 && d.Path[0] == "config" {
			found[i].Path = d.Path[1:]
		}
	}
	return lang.Explain(block, found)
}
