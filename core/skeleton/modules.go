package skeleton

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
)

// system is the module that the stand-in for a backend imports. A plugin for an
// engine has it from the sdk.
const system = "golang.org/x/sys"

// indirect are the modules that a new plugin stands on besides RadDeploy's and
// that one: what the sdk brings.
var indirect = []string{
	"github.com/fatih/color",
	"github.com/golang/protobuf",
	"github.com/hashicorp/go-hclog",
	"github.com/hashicorp/go-plugin",
	"github.com/hashicorp/yamux",
	"github.com/mattn/go-colorable",
	"github.com/mattn/go-isatty",
	"github.com/oklog/run",
	"golang.org/x/net",
	"golang.org/x/text",
	"google.golang.org/genproto/googleapis/rpc",
	"google.golang.org/grpc",
	"google.golang.org/protobuf",
}

// oldestGo is the version of Go that a plugin of a release begins with; `go mod
// tidy` raises it where the release needs a newer one.
const oldestGo = "1.26.0"

// modules are a new plugin's modules, each with its version.
type modules struct {
	Go               string
	Direct, Indirect []string
	sums             []byte // of a go.sum; nil: not known
}

// modules takes the versions from the checkout, whose go.sum has the checksums
// too; or else from this program, which is built with the same.
func (p Plugin) modules() (m modules, err error) {
	versions := make(map[string]string)
	if p.SDK == "" {
		m.Go = oldestGo
		if info, ok := debug.ReadBuildInfo(); ok {
			for _, dependency := range info.Deps {
				versions[dependency.Path] = dependency.Version
			}
		}
	} else {
		text, err := os.ReadFile(filepath.Join(p.SDK, "go.mod"))
		if err != nil {
			return m, fmt.Errorf("read the checkout of RadDeploy: %w", err)
		}
		m.Go, versions = readModules(text)
		sums, err := os.ReadFile(filepath.Join(p.SDK, "go.sum"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return m, fmt.Errorf("read the checkout of RadDeploy: %w", err)
		}
		m.sums = chosen(sums, append([]string{system}, indirect...))
	}
	m.Direct, m.Indirect = withVersions([]string{system}, versions), withVersions(indirect, versions)
	if p.Engine {
		m.Direct, m.Indirect = nil, slices.Sorted(slices.Values(append(m.Direct, m.Indirect...)))
	}
	return m, nil
}

var (
	goLine      = regexp.MustCompile(`(?m)^go (\S+)$`)
	requireLine = regexp.MustCompile(`(?m)^(?:require|\t) ?(\S+) (v\S+)`)
)

// readModules reads the lines `go` and `require` of a go.mod.
func readModules(text []byte) (version string, versions map[string]string) {
	version, versions = oldestGo, make(map[string]string)
	if found := goLine.FindSubmatch(text); found != nil {
		version = string(found[1])
	}
	for _, found := range requireLine.FindAllSubmatch(text, -1) {
		versions[string(found[1])] = string(found[2])
	}
	return version, versions
}

// chosen are the lines of a go.sum that a plugin needs: of some modules their
// contents, and of all modules their go.mod, since commands that look at the
// whole graph, such as `go doc`, read each of these.
func chosen(sums []byte, paths []string) []byte {
	var lines []byte
	for line := range bytes.Lines(sums) {
		path, rest, _ := strings.Cut(string(line), " ")
		if version, _, _ := strings.Cut(rest, " "); strings.HasSuffix(version, "/go.mod") || slices.Contains(paths, path) {
			lines = append(lines, line...)
		}
	}
	return lines
}

// withVersions leaves out a module that RadDeploy stands on no longer.
func withVersions(paths []string, versions map[string]string) (lines []string) {
	for _, path := range paths {
		if version, ok := versions[path]; ok {
			lines = append(lines, path+" "+version)
		}
	}
	return lines
}
