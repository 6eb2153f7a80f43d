// Package skeleton writes the source of a new executor plugin: a module of its
// own that compiles, passes the conformance suite, and is meant to be replaced
// piece by piece by its author.
//
// In come a name and where the sdk is to be found; out goes a folder of files.
// The package runs nothing and needs no network. What it writes is in the
// folder template; nothing here knows what is in those files. A plugin of a
// checkout can be built at once; one of a release first needs `go mod tidy`,
// since no release can hold its own checksum.
package skeleton

import (
	"bytes"
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
	entries, err := templates.ReadDir("template")
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
	for _, entry := range entries {
		parsed, err := template.ParseFS(templates, "template/"+entry.Name())
		if err != nil {
			return nil, err
		}
		var content bytes.Buffer
		if err := parsed.Option("missingkey=error").Execute(&content, struct {
			Plugin
			modules
		}{p, needs}); err != nil {
			return nil, err
		}
		path := strings.TrimSuffix(entry.Name(), ".tmpl")
		if place, elsewhere := places[path]; elsewhere {
			path = place
		}
		files[path] = content.Bytes()
	}
	return files, nil
}
