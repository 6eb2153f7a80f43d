package plugin

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	hclog "github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/host"
)

// Find returns where the program of a plugin has to be: raddeploy-executor-NAME
// in the site's plugin folder, or else, if that is "", in the folder `plugins`
// beside the agent's program. $PATH is not searched. It does not look whether
// there is one.
func Find(folder, name string) (string, error) {
	if err := sdk.CheckPluginName(name); err != nil {
		return "", err
	}
	if folder == "" {
		agent, err := os.Executable()
		if err == nil {
			agent, err = filepath.EvalSymlinks(agent)
		}
		if err != nil {
			return "", &problem.Error{Op: "find the agent's own folder for", Object: fmt.Sprintf("executor %q", name), Cause: err, Advice: "set plugin_dir"}
		}
		folder = filepath.Join(filepath.Dir(agent), "plugins")
	}
	return filepath.Join(folder, sdk.ProgramPrefix+name), nil
}

// launch starts the plugin of a spec. One without a name stands for whatever
// plugin its program is.
func launch(ctx context.Context, spec Spec, logger hclog.Logger) (*host.Client, error) {
	path := spec.Path
	if path == "" {
		var err error
		if path, err = Find("", spec.Name); err != nil {
			return nil, err
		}
	}
	client, err := host.Launch(ctx, host.Options{Path: path, SHA256: spec.SHA256, Env: spec.Env, Logger: logger})
	if err != nil {
		return nil, err
	}
	if name := client.Description().Name; spec.Name != "" && name != spec.Name {
		client.Close()
		return nil, problem.New(fmt.Sprintf("plugin %s is the executor %q, not %q", path, name, spec.Name), "install the right file")
	}
	return client, nil
}
