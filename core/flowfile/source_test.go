package flowfile

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A flow's source is what its file says of it, to the letter, and nothing of what else
// the file holds.
func TestSource(t *testing.T) {
	const yaml = "# heads only\nname: a # the ward's\nmodels: [{image: busybox}]\n"
	const first = "# The first one,\n// of two.\nflow \"a\" { # here\n\tmodel { image = local.image } # as it is\n}\n"
	const second = "flow \"b\" {\n  model {\n    image = \"other\"\n  }\n}"
	const site = "http {\n  token_file = \"/secret\"\n}\n"
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"a.yaml": {yaml, []string{yaml}},
		"a.hcl":  {"# a file\n\nlocals { image = \"busybox\" }\n" + first + "\n" + second, []string{first, second}},
		"b.hcl":  {"locals { image = \"busybox\" }\n" + second + "\n" + first, []string{second + "\n", first}},
	} {
		flows, diags := Parse(name, []byte(test.text), Options{})
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		var got []string
		for _, l := range flows {
			got = append(got, l.Source())
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	flows, diags := Parse("site.hcl", []byte(site+second), Options{site: true})
	if diags.HasErrors() || len(flows) != 1 || flows[0].Source() != second {
		t.Errorf("of a site's file: %v %v", flows, diags)
	}
}
