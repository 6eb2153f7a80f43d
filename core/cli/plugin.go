package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/plugin"
	"github.com/raddeploy/raddeploy/sdk"
)

// programs says where the commands on plugins look for them, and what they show
// of their logs.
type programs struct {
	folder  string
	verbose bool
}

const programsHelp = `
  -plugins DIR   where installed plugins are (default: the folder plugins beside this program)
  -v             show what the plugin logs`

func (p *programs) register(set *flag.FlagSet) {
	set.StringVar(&p.folder, "plugins", "", "")
	set.BoolVar(&p.verbose, "v", false, "")
}

// program returns the path of a plugin's program, which is given as such, or as
// the name of an installed plugin.
func (p *programs) program(given string) (string, error) {
	if strings.ContainsRune(given, filepath.Separator) {
		if err := p.there(given); err != nil {
			return "", err
		}
		return filepath.Abs(given)
	}
	path, err := plugin.Find(p.folder, given)
	if err != nil {
		return "", fmt.Errorf("%w; for a program that is no installed plugin give its path, such as ./%s", err, given)
	}
	if err := p.there(path); err != nil {
		return "", fmt.Errorf("no plugin %q is installed: %w; give the path of its program, or -plugins DIR", given, err)
	}
	return path, nil
}

func (p *programs) there(path string) error {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		err = &fs.PathError{Op: "run", Path: path, Err: errors.New("is a folder; build it first: go build -C " + path)}
	}
	return err
}

// installed returns the programs of all plugins in the folder, which it returns
// too.
func (p *programs) installed() (paths []string, folder string, err error) {
	pattern, err := plugin.Find(p.folder, "x")
	if err != nil {
		return nil, "", err
	}
	folder = filepath.Dir(pattern)
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, folder, err
	}
	for _, entry := range entries {
		if !entry.IsDir() && nameOf(entry.Name()) != "" {
			paths = append(paths, filepath.Join(folder, entry.Name()))
		}
	}
	return paths, folder, nil
}

// nameOf is the plugin's name that its program has to have, or "".
func nameOf(path string) string {
	name, ok := strings.CutPrefix(filepath.Base(path), sdk.ProgramPrefix)
	if !ok {
		return ""
	}
	return name
}

// logger shows what a plugin logs, if that is wanted.
func (p *programs) logger(to io.Writer) hclog.Logger {
	if !p.verbose {
		return hclog.NewNullLogger()
	}
	return hclog.New(&hclog.LoggerOptions{Name: "plugin", Level: hclog.Debug, Output: to})
}

// describe launches a plugin for as long as it takes to ask what it is.
func describe(ctx context.Context, path string, logger hclog.Logger) (sdk.Description, error) {
	return plugin.Inspect(ctx, plugin.Spec{Path: path}, logger)
}

// list joins words for a person; none are "-".
func list(words []string) string {
	if len(words) == 0 {
		return "-"
	}
	return strings.Join(slices.Sorted(slices.Values(words)), ", ")
}

// given reports whether a flag stands on the command line.
func given(set *flag.FlagSet, name string) (found bool) {
	set.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}
