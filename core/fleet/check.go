package fleet

import (
	"context"
	"fmt"
	"os"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/plugin"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/sdk"
)

// Check returns what is wrong with executors' blocks as far as it can be seen
// before they are used: a program that is not there, and settings that its plugin
// does not know. A plugin that is not running is launched to ask it.
func (f *Fleet) Check(ctx context.Context, blocks []config.Executor) error {
	var wrong lang.Diagnostics
	for _, c := range blocks {
		known := f.Executor(c.Instance)
		if f.Configured(c.Instance) && config.SamePlugin(known.Config(), c) {
			continue
		}
		schema, err := f.schema(ctx, known, c)
		if err != nil {
			return err
		}
		_, found := lang.DecodeWithSchema(configOf(c), schema, nil)
		wrong = append(wrong, found...)
	}
	return wrong.Err()
}

// schema is what the plugin of a block takes as its config.
func (f *Fleet) schema(ctx context.Context, known *Executor, c config.Executor) (sdk.Schema, error) {
	if description, ok := known.Description(); ok && known.Config().Path == c.Path && known.Config().SHA256 == c.SHA256 {
		return description.Config, nil
	}
	spec, err := f.host.spec(c)
	if err != nil {
		return sdk.Schema{}, err
	}
	if _, err := os.Stat(spec.Path); err != nil {
		return sdk.Schema{}, &problem.Error{
			Op: fmt.Sprintf("%s: executor %q", c.At, c.Instance), Cause: err, Advice: "install the plugin, or set path",
		}
	}
	description, err := plugin.Inspect(ctx, spec, f.logger)
	if err != nil {
		return sdk.Schema{}, fmt.Errorf("%s: executor %q: %w", c.At, c.Instance, err)
	}
	return description.Config, nil
}
