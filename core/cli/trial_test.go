package cli

import (
	"testing"

	"github.com/raddeploy/raddeploy/core/config"
)

// A trial's pages are open to who tries it, unless its files say otherwise.
func TestTrialIsOpen(t *testing.T) {
	for _, test := range []struct {
		name, text string
		required   bool
	}{
		{"no file", "", false},
		{"a file that asks for tokens", "http { require_token = true }", true},
		{"a file that names an executor on the host's network", `executor "process" {}`, true},
	} {
		site, diagnostics := config.Parse("/s/site.hcl", []byte(test.text), nil)
		if err := diagnostics.Err(); err != nil {
			t.Fatal(err)
		}
		trial(site)
		if got := site.WhyToken("process") != ""; got != test.required {
			t.Errorf("%s: a token is required: %v", test.name, got)
		}
	}
}
