package core_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// rule is one that has one home. It finds copies by their shape, so it does not
// find each that could be written.
type rule struct {
	name string
	home string // files and packages that may have it
	dirs []string
	// tests says which test files are searched too, by their package
	tests  []string
	except map[string]string // file → why it may have what looks like a copy
	copied func(ast.Node) bool
	// otherwise says that the rule has another shape in its home
	otherwise bool
}

var rules = []rule{
	{
		name: "an attempt's id or a plugin's name", home: "sdk/valid.go", dirs: []string{"core", "sdk", "plugins", "examples"},
		copied: func(n ast.Node) bool { return isText(n, likeAnID) },
	}, {
		name: "a size", home: "sdk/size.go", dirs: []string{"core", "sdk", "plugins"},
		except: map[string]string{
			"core/flowfile/describe.go":                "it writes sizes",
			"plugins/slurm/internal/cluster/limits.go": "Slurm has suffixes of its own, of megabytes",
		},
		copied: func(n ast.Node) bool { return imports(n, "github.com/docker/go-units") || suffixes(n) },
	}, {
		name: "a duration", home: "sdk/duration.go", dirs: []string{"core", "sdk", "plugins"},
		except: map[string]string{"plugins/slurm/internal/job/record.go": "it reads what bash's times prints"},
		copied: func(n ast.Node) bool { return calls(n, "time", "ParseDuration") },
	}, {
		name: "did you mean", home: "sdk/suggest", dirs: []string{"core", "sdk", "plugins"},
		copied: func(n ast.Node) bool {
			return imports(n, "github.com/agext/levenshtein") || comparesLetters(n) ||
				isText(n, func(s string) bool { return strings.Contains(s, "did you mean ") })
		},
	}, {
		name: "which tags flows ask for", home: "core/match/decide", dirs: []string{"core"},
		copied: func(n ast.Node) bool { return gathersTags(n) || literalOf(n, "decide", "Object") },
	}, {
		name: "a destination by name", home: "core/config", dirs: []string{"core"},
		copied: searchesDestinations, otherwise: true,
	}, {
		name: "where a run's files are", home: "core/spool", dirs: []string{"core"}, tests: []string{"core/e2e", "core/internal/testenv"},
		copied: func(n ast.Node) bool { return joins(n, "runs", "src", "out") },
	}, {
		name: "wake-up", home: "core/internal/wake", dirs: []string{"core"},
		copied: wakes,
	}, {
		name: "something changed", home: "core/internal/wake", dirs: []string{"core"},
		copied: broadcasts,
	}, {
		name: "growing pause", home: "core/internal/wake", dirs: []string{"core"},
		copied: doubles,
	},
}

func TestRulesHaveOneHome(t *testing.T) {
	all := readTree(t)
	parts := map[string][]ast.Node{}
	for _, sources := range all {
		for _, s := range sources {
			parts[s.path] = nodes(s.file)
		}
	}
	for _, r := range rules {
		homes, excepted := 0, map[string]bool{}
		for dir, sources := range all {
			for _, s := range sources {
				if !r.concerns(dir, s) || !slices.ContainsFunc(parts[s.path], r.copied) {
					continue
				}
				switch {
				case s.path == r.home || dir == r.home:
					homes++
				case r.except[s.path] != "":
					excepted[s.path] = true
				default:
					t.Errorf("%s: a copy of the rule %q: use that of %s", s.path, r.name, r.home)
				}
			}
		}
		for file := range r.except {
			if !excepted[file] {
				t.Errorf("%s: nothing there looks like the rule %q any more: remove the exception", file, r.name)
			}
		}
		if homes == 0 && !r.otherwise {
			t.Errorf("%s: the rule %q is not found in its own home: the search proves nothing", r.home, r.name)
		}
	}
}

func (r *rule) concerns(dir string, s source) bool {
	return inside(dir, r.dirs...) && (!s.isTest() || inside(dir, r.tests...))
}

// Each search finds copies as they were, and takes no other code for one.
func TestCopiesAreFound(t *testing.T) {
	for _, test := range []struct {
		rule, code string
		found      bool
	}{
		{"an attempt's id or a plugin's name", "var id = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)", true},
		{"an attempt's id or a plugin's name", "var name = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)", true},
		{"an attempt's id or a plugin's name", "var host = regexp.MustCompile(`^[A-Za-z0-9-]+$`)", false},
		{"an attempt's id or a plugin's name", "var plain = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)", false},
		{"a size", `import "github.com/docker/go-units"`, true},
		{"a size", `var i = strings.IndexByte("kmgtp", c)`, true},
		{"a size", `var table = map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}`, true},
		{"a size", `func f(c byte) int { switch c { case 'k', 'K': return 10; case 'm': return 20; case 'g': return 30 }; return 0 }`, true},
		{"a size", `var table = []string{"k", "is", "g1"}`, false},
		{"a duration", `var d, _ = time.ParseDuration("1m")`, true},
		{"a duration", `var t, _ = time.Parse(time.RFC3339, "")`, false},
		{"did you mean", `import "github.com/agext/levenshtein"`, true},
		{"did you mean", `func editDistance(a, b string) int { return 0 }`, true},
		{"did you mean", `var c = min(diagonal, row[j]+1, row[j+1]+1)`, true},
		{"did you mean", `var hint = "did you mean " + near + "?"`, true},
		{"did you mean", `var n = min(a+1, b)`, false},
		{"which tags flows ask for", `func f() { for _, tag := range trigger { if tag.Sender == "" { add(tag.Path) } } }`, true},
		{"which tags flows ask for", `var o = decide.Object{Header: h}`, true},
		{"which tags flows ask for", `var o = run.Object{Modality: ""}`, false},
		{"which tags flows ask for", `func f() bool { return meta.Sender == "" }`, false},
		{"a destination by name", `func f() { for _, d := range site.Destinations { if d.Name == name { return } } }`, true},
		{"a destination by name", `var i = slices.IndexFunc(s.Destinations, func(d D) bool { return d.Name == name })`, true},
		{"a destination by name", `func f() { for _, d := range flow.Destinations { if d.Name == "" { return } } }`, false},
		{"where a run's files are", `var p = filepath.Join(try, "out", name)`, true},
		{"where a run's files are", `var p = site.Data("runs", id)`, true},
		{"where a run's files are", `var p = filepath.Join(dir, "flows")`, false},
		{"wake-up", `func f() { select { case wake <- struct{}{}: default: } }`, true},
		{"wake-up", `func f() { select { case <-wake: default: } }`, false},
		{"something changed", `func f() { close(e.changed); e.changed = make(chan struct{}) }`, true},
		{"something changed", `func f() { close(e.done); e.ended = true }`, false},
		{"growing pause", `func f() { for wait := first; ; wait = min(2*wait, longest) {} }`, true},
		{"growing pause", `var pause = min(first<<tries, longest)`, true},
		{"growing pause", `var n = min(a, 1<<10)`, false},
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+test.code, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(rules, func(r rule) bool { return r.name == test.rule })
		if found := slices.ContainsFunc(nodes(file), rules[i].copied); found != test.found {
			t.Errorf("%s: found %v in %s, want %v", test.rule, found, test.code, test.found)
		}
	}
}
