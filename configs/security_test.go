package configs_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/plugins/containerd"
	"github.com/raddeploy/raddeploy/plugins/docker"
	"github.com/raddeploy/raddeploy/plugins/slurm"
	"github.com/raddeploy/raddeploy/sdk"
)

const docs = "../docs/"

var quoted = regexp.MustCompile("`([^`]+)`")

// rows are the rows of a table of docs/security.md: the words of the first column,
// each with the other columns.
func rows(t *testing.T, heading string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(docs + "security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n## "+heading+"\n")
	part, _, _ := strings.Cut(rest, "\n## ")
	found := map[string][]string{}
	for line := range strings.SplitSeq(part, "\n") {
		if cells := strings.Split(strings.Trim(line, "|"), "|"); strings.HasPrefix(line, "| `") {
			for _, word := range quoted.FindAllStringSubmatch(cells[0], -1) {
				if found[word[1]] != nil {
					t.Errorf("%s has two rows", word[1])
				}
				found[word[1]] = cells[1:]
			}
		}
	}
	return found
}

// TestEveryWordOfAFlowIsJudged holds the page on security to the words that flow
// files may have, and their functions that read something.
func TestEveryWordOfAFlowIsJudged(t *testing.T) {
	type object struct {
		Properties map[string]any `json:"properties"`
	}
	var schema struct {
		object
		Definitions map[string]object `json:"definitions"`
	}
	text, err := flowfile.Schema()
	if err == nil {
		err = json.Unmarshal(text, &schema)
	}
	if err != nil {
		t.Fatal(err)
	}
	delete(schema.Definitions, "trigger") // its words are tags
	words := map[string]bool{"file()": true, "env()": true}
	for _, o := range schema.Definitions {
		for word := range o.Properties {
			words[word] = true
		}
	}
	for word := range schema.Properties {
		words[word] = true
	}
	judged := rows(t, "Words of a flow")
	for word := range words {
		if judged[word] == nil {
			t.Errorf("docs/security.md does not say what a flow's author could do with %s: add a row", word)
		}
	}
}

// option is what the page says of an option besides its last column.
type option struct{ executors, who string }

// TestEveryOptionIsJudged holds the page on security to the options of every
// executor: which has it, and whether the site has to allow it.
func TestEveryOptionIsJudged(t *testing.T) {
	want := map[string]option{}
	add := func(plugin, word string, guarded bool) {
		o := want[word]
		who := map[bool]string{true: "allow", false: "any flow"}[guarded]
		if o.who != "" && o.who != who {
			t.Errorf("%s is guarded by one executor and not by another", word)
		}
		want[word] = option{strings.TrimPrefix(o.executors+", "+plugin, ", "), who}
	}
	known := map[string]any{"docker": &docker.Options{}, "containerd": &containerd.Options{}, "slurm": &slurm.Options{}}
	for _, plugin := range []string{"docker", "containerd", "slurm"} {
		schema, err := sdk.SchemaOf(known[plugin])
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range schema.Fields {
			add(plugin, field.Name, field.Guarded)
		}
	}
	pages, err := filepath.Glob(docs + "executor-*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages on executors: %v", err)
	}
	for _, page := range pages { // which another test holds to what the plugin says
		plugin := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(page), "executor-"), ".md")
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		_, options, _ := strings.Cut(string(text), "\n## options\n")
		for line := range strings.SplitSeq(options, "\n") {
			if strings.HasPrefix(line, "| `") && known[plugin] == nil {
				add(plugin, quoted.FindStringSubmatch(line)[1], strings.Contains(line, "*Guarded.*"))
			}
		}
	}
	got := map[string]option{}
	for word, cells := range rows(t, "Options of executors") {
		got[word] = option{strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1])}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(option{})); diff != "" {
		t.Errorf("the table of options in docs/security.md: -plugins +page:\n%s", diff)
	}
}
