package core_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// repository is the folder of the main module.
const repository = ".."

// tree is what these tests know of the repository's Go files, by the folder of
// their package.
type tree map[string][]source

// source is one Go file.
type source struct {
	path      string // with slashes, from the root
	file      *ast.File
	lines     int
	generated bool
}

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// imports returns what the file imports.
func (s source) imports(t *testing.T) (paths []string) {
	t.Helper()
	for _, spec := range s.file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, imported)
	}
	return paths
}

// readTree parses all Go files of the repository: those of other platforms and
// of the examples' own modules, too.
func readTree(t *testing.T) tree {
	t.Helper()
	all := make(tree)
	files := token.NewFileSet()
	for _, name := range namesInTree(t) {
		if path.Ext(name) != ".go" {
			continue
		}
		parsed, err := parser.ParseFile(files, filepath.Join(repository, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		dir := path.Dir(name)
		all[dir] = append(all[dir], source{name, parsed, files.File(parsed.FileStart).LineCount(), ast.IsGenerated(parsed)})
	}
	if len(all["core/agent"]) == 0 || len(all["examples/executor-go"]) == 0 {
		t.Fatal("the walk has missed packages that are there: it proves nothing")
	}
	return all
}

// notOurs are the folders that are not read: inputs of tests, and what make
// build, make dist and make demo leave.
var notOurs = []string{"testdata", "bin", "dist", "raddeploy-demo"}

// namesInTree lists the files of the repository, with slashes, but for those
// that a build or a test makes or reads.
func namesInTree(t *testing.T) (names []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(repository), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		switch {
		case !entry.IsDir():
			names = append(names, name)
		case base != "." && base != ".ci" && strings.HasPrefix(base, "."), slices.Contains(notOurs, base):
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestEveryPackageIsDocumentedOnce holds that a package says in one place what
// it is. A folder that has tests alone is not a package.
func TestEveryPackageIsDocumentedOnce(t *testing.T) {
	all := readTree(t)
	for _, dir := range slices.Sorted(maps.Keys(all)) {
		if !slices.ContainsFunc(all[dir], func(s source) bool { return !s.isTest() }) {
			continue
		}
		var documented []string
		for _, s := range all[dir] {
			if s.isTest() || s.generated || s.file.Doc == nil {
				continue
			}
			documented = append(documented, s.path)
			if name := s.file.Name.Name; name != "main" && !strings.HasPrefix(s.file.Doc.Text(), "Package "+name+" ") {
				t.Errorf("%s: begin the package's documentation with “Package %s …”", s.path, name)
			}
		}
		if len(documented) != 1 {
			t.Errorf("package %s is documented %d times (%s): say in one file what it does, what comes in and goes out, what it must not do",
				dir, len(documented), strings.Join(documented, ", "))
		}
	}
}

// longest is where a file has long ceased to hold one thing.
const longest = 500

func TestFilesHoldOneThing(t *testing.T) {
	for _, sources := range readTree(t) {
		for _, s := range sources {
			if s.lines > longest && !s.generated {
				t.Errorf("%s has %d lines: split it by what it holds; past 300 look for the second thing", s.path, s.lines)
			}
		}
	}
}
