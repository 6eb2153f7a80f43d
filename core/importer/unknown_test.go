package importer

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/flowfile"
)

// A pipe, a device or a huge file in an installation's folders is named and left
// out.
func TestImportLeavesOutWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	for name, err := range map[string]error{
		"flow": os.WriteFile(filepath.Join(dir, "f.yaml"), []byte("models: [{docker_kwargs: {image: busybox}}]\n"), 0o600),
		"pipe": syscall.Mkfifo(filepath.Join(dir, "pipe.yaml"), 0o600), "device": os.Symlink("/dev/zero", filepath.Join(dir, "zero.env")),
		"huge": os.WriteFile(filepath.Join(dir, "huge.yml"), make([]byte, 5<<20), 0o600),
	} {
		if err != nil {
			t.Fatal(name, err)
		}
	}
	result, err := Import([]string{dir})
	if err != nil || len(result.Flows) != 1 {
		t.Fatalf("%+v, %v; want the one flow", result, err)
	}
	for name, why := range map[string]string{"pipe.yaml": "a named pipe", "zero.env": "a device", "huge.yml": "more than"} {
		if !slices.ContainsFunc(result.Notes, func(n Note) bool {
			return n.Kind == Broken && n.From == filepath.Join(dir, name) && strings.Contains(n.Text, why)
		}) {
			t.Errorf("the report does not say of %s that it is %s: %v", name, why, result.Notes)
		}
	}
}

// What the Python version read over goes to extra, where that can be written, and
// the flow is valid and means what it meant.
func TestUnknownWordsAreKept(t *testing.T) {
	for _, test := range []struct{ name, text, want, notes string }{
		{"no extra yet", "trigers:\n  - Modality: CT\nname: f\nmodels:\n  - image: busybox\n    colour: red\n",
			"name: f\nmodels:\n  - image: busybox\n    x-colour: red\nextra:\n  trigers:\n    - Modality: CT\n",
			"flow.yaml:1 trigers is a word that the Python version ignored; it was moved to extra: did you mean triggers?\n" +
				"flow.yaml:6 colour is a word that the Python version ignored; it was marked with x-, and is ignored"},
		{"below an extra", "models: [{image: busybox}]\nextra:\n    a: 1\nward: |\n  7\n\n  8\n",
			"models: [{image: busybox}]\nextra:\n    ward: |\n      7\n\n      8\n    a: 1\n",
			"flow.yaml:4 ward is a word that the Python version ignored; it was moved to extra"},
		{"an extra in braces", "models: [{image: busybox}]\nextra: {a: 1}\n\"ward\": 7\n",
			"models: [{image: busybox}]\nextra: {a: 1}\n\"x-ward\": 7\n",
			"flow.yaml:3 ward is a word that the Python version ignored; it was marked with x-, and is ignored"},
		{"all in braces", "{models: [{image: busybox}], ward: 7}\n", "{models: [{image: busybox}], x-ward: 7}\n",
			"flow.yaml:1 ward is a word that the Python version ignored; it was marked with x-, and is ignored"},
		{"two, and no last line end", "ward: 7\nmodels: [{image: busybox}]\nroom: 8", "models: [{image: busybox}]\nextra:\n  ward: 7\n  room: 8\n",
			"flow.yaml:1 ward is a word that the Python version ignored; it was moved to extra\nflow.yaml:3 room is a word that the Python version ignored; it was moved to extra"},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := &installation{}
			f := &File{From: "flow.yaml", Text: []byte(test.text)}
			in.keepUnknown(f)
			if diff := cmp.Diff(test.want, string(f.Text)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			var notes []string
			for _, n := range in.sorted() {
				notes = append(notes, n.From+" "+n.Text)
			}
			if diff := cmp.Diff(sortedLines(test.notes), sortedLines(strings.Join(notes, "\n"))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if _, found := flowfile.Parse("flow.yaml", f.Text, flowfile.Options{}); found.HasErrors() {
				t.Error(found)
			}
		})
	}
}

func sortedLines(text string) []string {
	return slices.Sorted(slices.Values(strings.Split(text, "\n")))
}
