// Package skeleton writes the source of a new executor plugin: a module of its
// own that compiles, passes the conformance suite, and is meant to be replaced
// piece by piece by its author.
//
// In come a name, whether the backend is an engine that runs containers, and
// where the sdk is to be found; out goes a folder of files. The package runs
// nothing and needs no network. What it writes is in the folder template: what
// both kinds of plugin have, and a folder for each kind. Nothing here knows what
// is in those files. A plugin of a
// checkout can be built at once; one of a release first needs `go mod tidy`,
// since no release can hold its own checksum.
package skeleton

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/raddeploy/raddeploy/sdk"
)

// Plugin is what a new plugin's source depends on.
type Plugin struct {
	Name    string // as in a site's `executor "NAME"`
	Engine  bool   // NAME runs containers, and the plugin stands on package sdk/engine
	Module  string // path of its Go module
	Version string // of RadDeploy's module, such as "v1.2.3"
	// a path of a folder that holds RadDeploy's module, instead of what Version
	// would fetch; "": none. A relative one has to lead there from this process
	// and from the folder that is written.
	SDK string
}

//go:embed template
var templates embed.FS

// Folder is the name of the folder that a plugin's source is written to, and of
// its program.
func (p Plugin) Folder() string { return sdk.ProgramPrefix + p.Name }

// Write writes the plugin's source into a new folder below dir and returns its
// path. A folder that is there already is left as it is, and is an error that
// is [fs.ErrExist].
func (p Plugin) Write(dir string) (string, error) {
	if err := sdk.CheckPluginName(p.Name); err != nil {
		return "", err
	}
	files, err := p.render()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(dir, p.Folder())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		if errors.Is(err, fs.ErrExist) {
			err = fmt.Errorf("%s is there already: choose another name or -dir, or remove it first: %w", folder, fs.ErrExist)
		}
		return "", err
	}
	for path, content := range files {
		path = filepath.Join(folder, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return "", err
		}
	}
	return folder, nil
}

// places are where files go whose names would mean something to go or git in
// the template's folder.
var places = map[string]string{"gitignore": ".gitignore", "hello.yaml": "flows/hello.yaml"}

func (p Plugin) render() (map[string][]byte, error) {
	kind := "backend"
	if p.Engine {
		kind = "engine"
	}
	common, err := templates.ReadDir("template")
	if err != nil {
		return nil, err
	}
	own, err := templates.ReadDir("template/" + kind)
	if err != nil {
		return nil, err
	}
	needs, err := p.modules()
	if err != nil {
		return nil, err
	}
	files := make(map[string][]byte)
	if needs.sums != nil {
		files["go.sum"] = needs.sums
	}
	write := func(folder string, entries []fs.DirEntry) error {
		for _, entry := range entries {
			if entry.IsDir() {
				continue
			}
			content, err := fill(folder+"/"+entry.Name(), struct {
				Plugin
				modules
			}{p, needs})
			if err != nil {
				return err
			}
			path := strings.TrimSuffix(entry.Name(), ".tmpl")
			files[cmp.Or(places[path], path)] = content
		}
		return nil
	}
	if err := errors.Join(write("template", common), write("template/"+kind, own)); err != nil {
		return nil, err
	}
	return files, nil
}

// fill fills in one file of the templates.
func fill(path string, values any) ([]byte, error) {
	parsed, err := template.ParseFS(templates, path)
	if err != nil {
		return nil, err
	}
	var content bytes.Buffer
	err = parsed.Option("missingkey=error").Execute(&content, values)
	return content.Bytes(), err
}
