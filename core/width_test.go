package core_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// widest is how many columns a line of a comment or of a document may have, a
// tab counting as four.
const widest = 100

func TestCommentsAndDocsAreNarrow(t *testing.T) {
	kinds := make(map[string]int)
	for _, name := range namesInTree(t) {
		kind, prose := kindOf(name)
		if prose == nil {
			continue
		}
		kinds[kind]++
		text, err := os.ReadFile(filepath.Join(repository, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range tooWide(string(text), prose) {
			t.Errorf("%s:%d: wider than %d columns: wrap it", name, n, widest)
		}
	}
	for _, kind := range []string{".go", ".md", ".sh", ".hcl", ".yaml", ".py", ".proto"} {
		if kinds[kind] == 0 {
			t.Errorf("no file %s was looked at", kind)
		}
	}
}

// prose returns the lines of a file that are read as text, with their numbers.
type prose func(lines []string) map[int]string

// kindOf says how the comments or the text of a file are found. Prose is nil
// for a file that has neither.
func kindOf(name string) (kind string, _ prose) {
	base := path.Base(name)
	template := strings.TrimSuffix(base, ".tmpl")
	switch kind = path.Ext(template); kind {
	case ".go":
		if template != base { // it does not parse
			return kind, marked("//")
		}
		return kind, goComments
	case ".md":
		return kind, paragraphs
	case ".sh", ".yaml", ".yml", ".py", ".awk", ".toml", ".service":
		return kind, marked("#")
	case ".hcl":
		return kind, marked("#", "//")
	case ".proto":
		return kind, marked("//")
	}
	switch base {
	case "Makefile", "Dockerfile", "run":
		return base, marked("#")
	}
	return kind, nil
}

// tooWide returns the numbers of lines that could be wrapped and are too wide.
func tooWide(text string, find prose) (numbers []int) {
	for n, line := range find(strings.Split(text, "\n")) {
		if utf8.RuneCountInString(strings.ReplaceAll(line, "\t", "    ")) > widest && !linkAlone.MatchString(line) {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers
}

// linkAlone is a line that has nothing but one link, in Markdown or bare.
var linkAlone = regexp.MustCompile(`^[\s/#*-]*(\[[^]]*\](\([^)]*\)|:\s*\S+)|<?https?://\S+)[.,;]?$`)

// marked finds the lines that are a comment alone, by what begins one.
func marked(markers ...string) prose {
	return func(lines []string) map[int]string {
		found := make(map[int]string)
		for i, line := range lines {
			text := strings.TrimLeft(line, " \t")
			if slices.ContainsFunc(markers, func(marker string) bool { return strings.HasPrefix(text, marker) }) {
				found[i+1] = line
			}
		}
		return found
	}
}

// paragraphs finds the lines of Markdown but for tables and blocks of code,
// fenced or indented.
func paragraphs(lines []string) map[int]string {
	found := make(map[int]string)
	fence, inCode, afterBlank := "", false, true
	inside := 0 // where the text of the list's item begins
	for i, line := range lines {
		text := strings.TrimLeft(line, " ")
		indent := len(line) - len(text)
		opens := fenced.FindString(text)
		if text == "" {
			afterBlank = true
			continue
		}
		switch inCode = fence == "" && (inCode || afterBlank) && indent >= inside+4; {
		case inCode:
		case fence != "":
			if strings.HasPrefix(text, fence) {
				fence = ""
			}
		case opens != "":
			fence = opens
		case strings.HasPrefix(text, "|"):
		default:
			if mark := item.FindString(text); mark != "" {
				inside = indent + len(mark)
			} else if afterBlank {
				inside = min(inside, indent)
			}
			found[i+1] = line
		}
		afterBlank = false
	}
	return found
}

var (
	fenced = regexp.MustCompile("^(```+|~~~+)")
	item   = regexp.MustCompile(`^([-*+]|\d+[.)]) +`)
)

// goComments finds the lines of Go that are a comment alone. A generated file,
// or one that cannot be parsed, has none: others hold those to their rules.
func goComments(lines []string) map[int]string {
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, "", strings.Join(lines, "\n"), parser.ParseComments|parser.SkipObjectResolution)
	if err != nil || ast.IsGenerated(parsed) {
		return nil
	}
	found := make(map[int]string)
	for _, group := range parsed.Comments {
		for _, comment := range group.List {
			first := files.Position(comment.Pos())
			for i := range strings.Count(comment.Text, "\n") + 1 {
				line := lines[first.Line-1+i]
				if i > 0 || strings.TrimSpace(line[:first.Column-1]) == "" && !directive.MatchString(comment.Text) {
					found[first.Line+i] = line
				}
			}
		}
	}
	return found
}

// directive is a comment that tools read: a line break would end it.
var directive = regexp.MustCompile(`^//[a-z0-9]+:\S`)

// TestWideLinesAreFound holds the rule itself: what is too wide, and what may be.
func TestWideLinesAreFound(t *testing.T) {
	words := strings.Repeat("word ", 18) // 90 columns
	for name, test := range map[string]struct {
		file, text string
		want       []int
	}{
		"a comment of 100 columns":        {"a.go", "package a\n\n// " + words + "enough!\n", nil},
		"one of 101":                      {"a.go", "package a\n\n// " + words + "too much\n", []int{3}},
		"a tab is four":                   {"a.go", "package a\n\nfunc f() {\n\t// " + words + "more\n\t// " + words + "most\n}\n", []int{4, 5}},
		"code beside a comment":           {"a.go", "package a\n\nvar a = `" + words + words + "` // says it\n", nil},
		"a string that looks like one":    {"a.go", "package a\n\nvar a = `\n// " + words + words + "`\n", nil},
		"a preformatted block":            {"a.go", "package a\n\n//\t" + words + "and more\n", []int{3}},
		"a comment between stars":         {"a.go", "package a\n\n/*\nshort\n" + words + words + "\n*/\n", []int{5}},
		"generated code":                  {"a.go", "// Code generated by a test. DO NOT EDIT.\n\npackage a\n\n// " + words + words + "\n", nil},
		"an instruction to a tool":        {"a.go", "package a\n\n//go:generate " + words + words + "\n", nil},
		"a link in Go":                    {"a.go", "package a\n\n// https://" + strings.Repeat("x", 100) + "\n", nil},
		"letters of several bytes":        {"a.go", "package a\n\n// " + strings.Repeat("ä ", 48) + "\n", nil},
		"a template of Go":                {"main.go.tmpl", "package {{.Name}}\n// " + words + words + "\n", []int{2}},
		"a paragraph":                     {"a.md", "# A\n\n" + words + words + "\n", []int{3}},
		"a table and a link":              {"a.md", "| " + words + words + "|\n\n- [" + words + "](" + words + ")\n", nil},
		"a link with words beside it":     {"a.md", "see [" + words + "](" + words + ")\n", []int{1}},
		"a block of code":                 {"a.md", "```\n" + words + words + "\n```\n" + words + words + "\n", []int{4}},
		"a block in a list":               {"a.md", "- x\n\n  ````\n  ```\n  " + words + words + "\n  ````\n", nil},
		"indented code":                   {"a.md", "text\n\n    " + words + words + "\n\n    " + words + words + "\ntext\n", nil},
		"no code, but an item's text":     {"a.md", "- text\n\n    " + words + words + "\n", []int{3}},
		"code in an item":                 {"a.md", "1. text\n\n       " + words + words + "\n\n   " + words + words + "\n", []int{5}},
		"text right behind text":          {"a.md", "text\n    " + words + words + "\n", []int{2}},
		"a shell script":                  {"a.sh", "# " + words + words + "\necho '" + words + words + "'\n", []int{1}},
		"both marks of a site's file":     {"a.hcl", "# " + words + words + "\n  // " + words + words + "\na = 1 # " + words + words + "\n", []int{1, 2}},
		"the contract":                    {"a.proto", "// " + words + words + "\nmessage A {}\n", []int{1}},
		"a flow file":                     {"a.yaml", "a: b\n    # " + words + words + "\n", []int{2}},
		"Python":                          {"a.py", "  # " + words + words + "\n", []int{1}},
		"the file of continuous builds":   {".ci/run", "# " + words + words + "\n", []int{1}},
		"a file that is not looked at":    {"a.txt", "# " + words + words + "\n", nil},
		"a file that is made from others": {"a.sum", "// " + words + words + "\n", nil},
	} {
		_, prose := kindOf(test.file)
		var got []int
		if prose != nil {
			got = tooWide(test.text, prose)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
