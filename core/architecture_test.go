package core_test

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// place is where a document says that something is: a path from the root of
// the repository and, behind a file, the name of what the file declares.
var place = regexp.MustCompile(`\b((?:core|sdk|plugins|docs)/[\w./-]*\w)(?::(\w+))?`)

// TestArchitectureNamesWhatExists holds that a newcomer who follows
// docs/develop/architecture.md finds each file and each declaration.
func TestArchitectureNamesWhatExists(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repository, "docs/develop/architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	declared := make(map[string]map[string]bool)
	for _, sources := range readTree(t) {
		for _, s := range sources {
			declared[s.path] = declarations(s.file)
		}
	}
	names := 0
	for _, found := range place.FindAllStringSubmatch(string(text), -1) {
		file, name := found[1], found[2]
		if _, err := os.Stat(filepath.Join(repository, file)); err != nil {
			t.Errorf("architecture.md names %s, which does not exist", file)
			continue
		}
		if name != "" && !declared[file][name] {
			t.Errorf("architecture.md names %s:%s, which does not exist", file, name)
		}
		names++
	}
	if names < 50 {
		t.Errorf("only %d places were found: the test has lost its way of finding them", names)
	}
}

// declarations returns the names of what a file declares at its top, methods
// too.
func declarations(file *ast.File) map[string]bool {
	names := make(map[string]bool)
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			names[decl.Name.Name] = true
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					names[spec.Name.Name] = true
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						names[name.Name] = true
					}
				}
			}
		}
	}
	return names
}
