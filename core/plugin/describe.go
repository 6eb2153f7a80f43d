package plugin

import (
	"context"
	"fmt"

	"github.com/raddeploy/raddeploy/sdk"
)

// Describe launches the plugin for as long as it takes to ask what it is, and checks the
// site's configuration block against the plugin's schema. It is not configured, and its
// backend is not asked. Options can be checked afterwards, as after a launch by Run.
func (e *Executor) Describe(ctx context.Context) error {
	spec, _ := e.now()
	description, err := Inspect(ctx, spec, e.logger)
	if err != nil {
		return fmt.Errorf("executor %q: %w", e.instance, err)
	}
	e.update(func() { e.description = &description })
	_, err = spec.settings(description.Config)
	return err
}

// settings is the site's configuration as JSON that fits a schema.
func (s *Spec) settings(schema sdk.Schema) ([]byte, error) {
	if s.Decode == nil {
		return nil, nil
	}
	return s.Decode(schema)
}
