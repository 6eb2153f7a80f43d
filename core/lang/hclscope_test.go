package lang

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read reads a file of HCL that is to have no diagnostics.
func read(t *testing.T, h HCL, text string) map[string]any {
	t.Helper()
	n, d := h.Parse(NewSource("f.hcl", []byte(text)))
	if len(d) > 0 {
		t.Fatal(d)
	}
	return d.Any(n).(map[string]any)
}

func lookup(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := env[name]; return v, ok }
}

func TestVariablesComeFromOutsideFirst(t *testing.T) {
	const text = `
variable "a" { default = "file" }
variable "b" { default = "file" }
variable "c" { default = "file" }
variable "number" { default = 1 }
variable "truth" { default = false }
variable "list" { default = [1] }
variable "typed" {
  type        = list(string)
  description = "some texts"
}
variable "free" {}
a = "${var.a} ${var.b} ${var.c}"
n = [var.number, var.truth, var.list, var.typed, var.free]
`
	got := read(t, HCL{
		Variables: map[string]string{"a": "line", "list": "[2, 3]", "typed": `["x"]`, "free": "007"},
		Lookup:    lookup(map[string]string{"RADDEPLOY_VAR_a": "env", "RADDEPLOY_VAR_b": "env", "RADDEPLOY_VAR_number": "5", "RADDEPLOY_VAR_truth": "true"}),
	}, text)
	want := map[string]any{"a": "line env file", "n": []any{5, true, []any{2, 3}, []any{"x"}, "007"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLocalsUseEachOtherInAnyOrder(t *testing.T) {
	got := read(t, HCL{}, `
locals {
  c = "${local.b}c"
  a = upper("a")
}
locals { b = "${local.a}b" }
value = local.c
block { inner = { for k in [local.a, local.b] : k => strlen(k) } }
`)
	want := map[string]any{"value": "Abc", "block": map[string]any{"inner": map[string]any{"A": 1, "Ab": 2}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDynamicBlocks(t *testing.T) {
	n, d := ParseHCL(NewSource("f.hcl", []byte(`
dynamic "model" {
  for_each = { left = 1, right = 2 }
  iterator = side
  labels   = [side.key, "x"]
  content {
    number = side.value * 10
    dynamic "mount" {
      for_each = range(side.value)
      content { path = "/${side.key}/${mount.value}" }
    }
  }
}
model "last" {}
dynamic "none" {
  for_each = []
  content {}
}
`)))
	if len(d) > 0 {
		t.Fatal(d)
	}
	var got []any
	for _, p := range n.Pairs {
		var labels []string
		for _, l := range p.Labels {
			labels = append(labels, l.Text)
		}
		var paths []string
		for _, inner := range p.Value.Pairs {
			if inner.Key == "mount" {
				paths = append(paths, inner.Value.Get("path").Text)
			}
		}
		got = append(got, p.Key, p.At.String(), labels, paths)
	}
	want := []any{
		"model", "f.hcl:2:9", []string{"left", "x"}, []string{"/left/0"},
		"model", "f.hcl:2:9", []string{"right", "x"}, []string{"/right/0", "/right/1"},
		"model", "f.hcl:14:1", []string{"last"}, []string(nil),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if at := n.Pairs[1].Value.Get("number").Range.String(); at != "f.hcl:7:14" {
		t.Errorf("a computed value is at %s", at)
	}
}

// TestFileStaysInItsFolder checks that links and dots lead to no file
// elsewhere, which may be a key or a password file.
func TestFileStaysInItsFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "flows"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"secret": "s", "flows/a.txt": "text", "flows/bytes": "\xff"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../secret", filepath.Join(dir, "flows/link")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		"a.txt": true, "./a.txt": true, "../secret": false, "link": false, "bytes": false, "/etc/passwd": false, ".": false, "none": false,
	} {
		var opened []string
		h := HCL{Opened: func(o *Opened) { opened = append(opened, o.path) }}
		n, d := h.Parse(NewSource(filepath.Join(dir, "flows/f.hcl"), []byte("a = file(\""+path+"\")\n")))
		if got := !d.HasErrors() && n.Get("a").Text == "text"; got != want {
			t.Errorf("file(%q) is read: %t; %v", path, got, d)
		}
		if outside := !filepath.IsLocal(path); slices.Contains(opened, path) == outside {
			t.Errorf("file(%q): recorded as read: %v", path, opened)
		}
	}
}

func TestReadsLeavesOutTheRest(t *testing.T) {
	n, d := HCL{Reads: func(word string) bool { return word == "flow" }}.Parse(NewSource("f.hcl", []byte(
		"a = nowhere.x\nb { c = nowhere }\ndynamic \"d\" {\n  for_each = nowhere\n  content {}\n}\nflow \"x\" { e = 1 }\n")))
	if len(d) > 0 {
		t.Fatal(d)
	}
	if got := n.Pair("flow"); got == nil || got.Value.Get("e").Text != "1" || len(n.Pair("b").Value.Pairs) > 0 {
		t.Errorf("%+v", n.Pairs)
	}
}

func TestHCLWords(t *testing.T) {
	for text, want := range map[string][]string{
		"a = 1\nflow \"x\" {\n  model {}\n}\nb {\n": {"a", "flow", "b"},
		"flow \"x\" {\n  a = \"open\n}\n":           {"flow"},
		"name: seg\nmodels:\n  - image: busybox\n":  nil,
		"# flow\n":                nil,
		"dicom {}\nflow \"a\" {}": {"dicom", "flow"},
	} {
		if diff := cmp.Diff(want, HCLWords([]byte(text))); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	}
}
