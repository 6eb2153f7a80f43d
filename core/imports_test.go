package core_test

import (
	"fmt"
	"go/ast"
	"maps"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/raddeploy/raddeploy"

// layer is a set of packages that stand on the same packages. They import those
// of the layers below and, unless they are apart, each other.
type layer struct {
	name     string
	packages []string // each with the packages below its folder
	apart    bool
}

// layers is the one table of which way imports go: from the bottom to the top.
var layers = []layer{
	{name: "words", packages: []string{"core/dcm", "core/flow", "core/run", "core/problem", "core/redact", "core/internal/isolate", "core/internal/markdown", "core/internal/regular", "core/internal/wake"}},
	{name: "language", packages: []string{"core/lang", "core/config", "core/flowfile", "core/importer"}},
	// Pure: values in, decisions out. They stand below all that asks them.
	{name: "decisions", packages: []string{"core/match/decide", "core/schedule/plan"}},
	{name: "protocols and stores", packages: []string{
		"core/dimse", "core/scu", "core/spool", "core/state", "core/logs", "core/plugin", "core/inventory", "core/phantom", "core/registry",
		"core/skeleton", "core/decompress", "core/picture", "core/service", "core/commitment",
	}},
	// What verbs and faces share.
	{name: "shared", packages: []string{"core/selftest", "core/access", "core/datafolder", "core/fleet", "core/flowset"}},
	// They meet in the state database, so that each can be understood, tested
	// and restarted alone.
	{name: "verbs", apart: true, packages: []string{
		"core/receive", "core/assemble", "core/match", "core/schedule", "core/execute", "core/deliver", "core/retain", "core/operate", "core/audit", "core/commit", "core/notify",
	}},
	// What can be asked of an agent and told it: faces show no more than this.
	{name: "interface", packages: []string{"core/api"}},
	{name: "faces", apart: true, packages: []string{"core/ui", "core/metrics"}},
	{name: "agent", packages: []string{"core/agent", "core/rehearse"}},
	{name: "cli", packages: []string{"core/cli"}},
	{name: "program", packages: []string{"."}},
}

// onlyTests are packages that no program contains. They may import everything,
// and nothing else imports them.
var onlyTests = []string{"core/internal/testenv", "core/internal/testdisk", "core/internal/testapi", "core/e2e", "bench", "configs"}

// outside says what the packages that stand in no layer may import of ours. Of
// them, packages of layers import sdk alone.
var outside = []struct {
	dir, why string
	may      []string
}{
	{"sdk", "a third party's module must stay small", []string{"sdk"}},
	{"plugins", "an executor is a stranger to the core, so that a third party can write one", []string{"sdk", "plugins"}},
	{"examples/executor-go", "it shows what a third party can do", []string{"sdk"}},
	{"examples/executor-podman", "it shows what a third party can do", []string{"sdk"}},
	{"examples", "they use the program as everybody does", []string{"examples", "core/dcm", "core/run", "core/phantom", "core/api"}},
}

// behind names the packages that hide a module, so that to change it is to
// change them alone.
var behind = []struct {
	module, why string
	only        []string
}{
	{"github.com/suyashkumar/dicom", "it must never see a peer's bytes: some make it overflow the stack or allocate gigabytes",
		[]string{"core/dcm/internal/gendictionary", "examples"}},
	{"github.com/docker/docker", "its successor has another API", []string{"plugins/docker/internal/api"}},
	{"github.com/containerd/containerd", "only its plugin needs it", []string{"plugins/containerd", "bench"}},
	{"github.com/hashicorp/hcl", "diagnostics and decoding have one home", []string{"core/lang"}},
	{"go.yaml.in/yaml", "diagnostics and decoding have one home", []string{"core/lang", "examples"}},
	{"github.com/wneessen/go-mail", "only messages to people are sent by SMTP", []string{"core/notify"}},
	{"modernc.org/sqlite", "the database has one writer", []string{"core/state"}},
}

// pure are the packages that decide: values in, decisions out.
var pure = []string{"core/match/decide", "core/schedule/plan"}

// inside reports whether a package is one of these or below one.
func inside(dir string, roots ...string) bool {
	return slices.ContainsFunc(roots, func(root string) bool { return dir == root || strings.HasPrefix(dir, root+"/") })
}

// layerOf is the layer of a package: its own, or that of the package above it.
func layerOf(dir string) int {
	if i := slices.IndexFunc(layers, func(l layer) bool { return slices.Contains(l.packages, dir) }); i >= 0 {
		return i
	}
	return slices.IndexFunc(layers, func(l layer) bool { return inside(dir, l.packages...) })
}

// root is the package that a package belongs to: core/dimse for core/dimse/pdu.
func root(dir string) string {
	if i := layerOf(dir); i >= 0 && slices.Contains(layers[i].packages, dir) {
		return dir
	}
	for _, l := range layers {
		for _, p := range l.packages {
			if inside(dir, p) {
				return p
			}
		}
	}
	return dir
}

// wrong says why a package of ours may not import another one, or nothing.
func wrong(from, to string) string {
	if inside(from, onlyTests...) {
		return ""
	}
	for _, o := range outside {
		if inside(from, o.dir) {
			if inside(to, o.may...) {
				return ""
			}
			return fmt.Sprintf("%s may import of ours only %s: %s", o.dir, strings.Join(o.may, ", "), o.why)
		}
	}
	above := layerOf(from)
	if above < 0 {
		return "give it its place in the table in core/imports_test.go first"
	}
	if inside(to, "sdk") || root(from) == root(to) {
		return ""
	}
	switch below := layerOf(to); {
	case below < 0:
		return "that stands in no layer"
	case below > above:
		return fmt.Sprintf("the layer %s is below %s, and imports go down", layers[above].name, layers[below].name)
	case below == above && layers[above].apart:
		return fmt.Sprintf("of %s none imports another: they meet in the state database", layers[above].name)
	}
	return ""
}

func TestImportsGoOneWay(t *testing.T) {
	all := readTree(t)
	for _, dir := range slices.Sorted(maps.Keys(all)) {
		if dir != "core" && layerOf(dir) < 0 && !inside(dir, onlyTests...) && !inside(dir, "sdk", "plugins", "examples") {
			t.Errorf("package %s has no place in the table in core/imports_test.go: put it into its layer", dir)
		}
		for _, s := range all[dir] {
			if s.isTest() {
				continue
			}
			for _, imported := range s.imports(t) {
				if to, ours := strings.CutPrefix(imported, module+"/"); ours {
					if why := wrong(dir, to); why != "" {
						t.Errorf("%s imports %s: %s", s.path, to, why)
					}
				}
			}
		}
	}
}

func TestModulesAreBehindTheirPackages(t *testing.T) {
	for dir, sources := range readTree(t) {
		for _, s := range sources {
			for _, imported := range s.imports(t) {
				for _, b := range behind {
					if inside(imported, b.module) && !s.isTest() && !inside(dir, b.only...) {
						t.Errorf("%s imports %s, which only %s may: %s", s.path, imported, strings.Join(b.only, ", "), b.why)
					}
				}
			}
		}
	}
}

// TestDecisionsArePure holds that what is matched and scheduled depends on what
// goes in alone: no file, no network, no clock.
func TestDecisionsArePure(t *testing.T) {
	clock := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	all := readTree(t)
	for _, dir := range pure {
		for _, s := range all[dir] {
			if s.isTest() {
				continue
			}
			for _, imported := range s.imports(t) {
				if inside(imported, "os", "net", "io/fs", "syscall", "math/rand", "path/filepath") {
					t.Errorf("%s imports %s: let values come in and decisions go out", s.path, imported)
				}
			}
			ast.Inspect(s.file, func(n ast.Node) bool {
				if call, ok := n.(*ast.SelectorExpr); ok {
					if x, ok := call.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clock, call.Sel.Name) {
						t.Errorf("%s uses time.%s: let the time come in as a value", s.path, call.Sel.Name)
					}
				}
				return true
			})
		}
	}
}

// TestTheTableForbids holds the rules themselves to their purpose.
func TestTheTableForbids(t *testing.T) {
	for _, test := range []struct {
		from, to string
		allowed  bool
	}{
		{".", "core/cli", true},
		{"core/cli", "core/agent", true},
		{"core/agent", "core/receive", true},
		{"core/receive", "core/dimse", true},
		{"core/dimse/pdu", "core/dcm", true},
		{"core/dimse", "core/dimse/pdu", true},
		{"core/plugin", "sdk/host", true},
		{"core/e2e", "core/internal/testenv", true},
		{"core/match", "core/flowset", true},
		{"core/flowset", "core/flowfile", true},
		{"core/api", "core/fleet", true},
		{"core/ui", "core/api", true},
		{"sdk/host", "sdk/internal/handshake", true},
		{"core/agent", "core/cli", false},
		{"core/receive", "core/assemble", false},
		{"core/deliver", "core/api", false},
		{"core/api", "core/metrics", false},
		{"core/fleet", "core/schedule", false},
		{"core/dimse", "core/receive", false},
		{"core/dcm", "core/lang", false},
		{"core/flowfile", "core/state", false},
		{"core/agent", "core/internal/testenv", false},
		{"core/agent", "plugins/docker", false},
		{"core/new", "core/dcm", false},
		{"sdk", "core/dcm", false},
		{"plugins/docker", "core/dcm", false},
		{"examples/executor-go", "core/dcm", false},
		{"examples/demo", "core/agent", false},
	} {
		if why := wrong(test.from, test.to); (why == "") != test.allowed {
			t.Errorf("%s importing %s: allowed is %v, want %v (%s)", test.from, test.to, why == "", test.allowed, why)
		}
	}
}
