package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/raddeploy/raddeploy/core/skeleton"
	"github.com/raddeploy/raddeploy/sdk"
)

// pluginInitCommand starts the source of a new plugin.
type pluginInitCommand struct{ base }

func (c *pluginInitCommand) Synopsis() string { return "Start a new executor plugin" }

func (c *pluginInitCommand) Help() string {
	return strings.TrimSpace(`
Usage: raddeploy plugin init [options] NAME

  Writes the source of a new executor plugin in Go into a new folder raddeploy-executor-NAME:
  a module of its own that compiles, passes the conformance suite, and is replaced by yours
  piece by piece. Its README.md says where to begin, docs/plugins.md has the whole story.

  With -engine the plugin is for an engine that runs containers and has a command line much
  like Docker's. It stands on the package sdk/engine, which does all that engines have in
  common, and what is left for you are a dozen short methods in the engine's own words.

Options:

  -dir DIR       where the folder is made (default: here)
  -engine        NAME is an engine that runs containers, such as podman or nerdctl
  -module PATH   the path of the Go module (default: raddeploy-executor-NAME)
  -sdk DIR       build against a checkout of RadDeploy instead of the release of this program.
                 Inside of a checkout a development build finds it by itself
` + exitCodes)
}

func (c *pluginInitCommand) Run(args []string) int {
	set := c.flags("plugin init", c.Help)
	dir := set.String("dir", ".", "")
	module := set.String("module", "", "")
	source := set.String("sdk", "", "")
	isEngine := set.Bool("engine", false, "")
	rest, code, ok := c.parse(set, args)
	switch {
	case !ok:
		return code
	case len(rest) != 1:
		return c.usage("plugin init takes the name of the new plugin, such as `raddeploy plugin init podman`")
	}
	p := skeleton.Plugin{Name: rest[0], Engine: *isEngine, Module: *module, Version: Version}
	if err := sdk.CheckPluginName(p.Name); err != nil {
		return c.usage("%v", err)
	}
	if p.Module == "" {
		p.Module = p.Folder()
	}
	if p.SDK, code, ok = c.sdk(*source, *dir); !ok {
		return code
	}
	if p.SDK != "" {
		p.Version = "v0.0.0" // the checkout stands for every version
	}
	folder, err := p.Write(*dir)
	if err != nil {
		return c.complain(err)
	}
	fmt.Fprintf(c.out, "%s is written.\n", folder)
	if p.SDK != "" {
		fmt.Fprintf(c.out, "It is built against the checkout in %s: for a release, take the line `replace` out of its\ngo.mod, then `go get %s@VERSION`.\n", p.SDK, sdkModule)
	} else {
		c.tidy(folder)
	}
	fmt.Fprintf(c.out, `
Next:
  cd %s
  go build -o %s . && go test -v ./...
  raddeploy plugin inspect ./%[2]s
and then README.md.
`, folder, p.Folder())
	return exitOK
}

const sdkModule = "github.com/raddeploy/raddeploy"

// release is what the version of a released program looks like. A build between
// releases has a commit behind it.
var release = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[a-z]+(\.?\d+)*)?$`)

func isRelease(version string) bool {
	return release.MatchString(version) && !strings.HasSuffix(version, "-dirty")
}

// sdk decides which folder the sdk is taken from: none if this program's
// release has it.
func (c *pluginInitCommand) sdk(given, dir string) (path string, code int, ok bool) {
	if given != "" {
		path, err := filepath.Abs(given)
		if err != nil {
			return "", c.complain(err), false
		}
		if !isCheckout(path) {
			return "", c.usage("-sdk %s is no checkout of RadDeploy: it has no go.mod of the module %s", given, sdkModule), false
		}
		return path, exitOK, true
	}
	if isRelease(Version) {
		return "", exitOK, true
	}
	for _, start := range []string{dir, "."} {
		path, err := filepath.Abs(start)
		for ; err == nil; path = filepath.Dir(path) {
			if isCheckout(path) {
				return path, exitOK, true
			}
			if path == filepath.Dir(path) {
				break
			}
		}
	}
	return "", c.usage("this program is a development build (%s), whose sdk cannot be fetched: give a checkout of RadDeploy with -sdk DIR, "+
		"run this inside of one, or use a released raddeploy", Version), false
}

func isCheckout(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && bytes.HasPrefix(text, []byte("module "+sdkModule+"\n"))
}

// tidy adds the checksums of the release's module, which the release itself
// cannot hold.
func (c *pluginInitCommand) tidy(folder string) {
	command := exec.CommandContext(c.ctx, "go", "mod", "tidy")
	command.Dir = folder
	output, err := command.CombinedOutput()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		fmt.Fprintf(c.errs, "raddeploy: there is no go command here: run `go mod tidy` in %s where there is one\n", folder)
	case err != nil:
		fmt.Fprintf(c.errs, "%sraddeploy: go.sum lacks the checksums of %s: run `go mod tidy` in %s when the module can be fetched\n", output, sdkModule, folder)
	}
}
