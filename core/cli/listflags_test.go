package cli

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/access/web"
)

// Flags of a list become its filters, what is not understood is said before the agent
// is asked, and one thing takes none of them.
func TestFlagsOfLists(t *testing.T) {
	var asked url.Values
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Query()
		w.Header().Set(web.AgentHeader, "1")
		_, _ = w.Write([]byte("[]"))
	}))
	defer agent.Close()
	for line, want := range map[string]string{
		"arrivals -state incomplete -state receiving -sender CT1 -n 3": "limit=3&sender=CT1&state=incomplete&state=receiving",
		"arrivals": "",
		"runs -state failed -flow a@1 -sender CT1": "flow=a%401&sender=CT1&state=failed",
		"journal -thing flow -by anna -n 5":        "by=anna&limit=5&thing=flow",
		"audit -action look -result seen -of 1":    "action=look&of=1&result=seen",
		"arrivals -state incomplet":                "2 did you mean incomplete?",
		"runs -state incomplete":                   "2 -state incomplete",
		"arrivals -since yesterday":                "2 say how long ago",
		"arrivals -n -1":                           "2 a number above 0",
		"arrivals -watch -json":                    "2 -watch is for people",
		"arrivals 0b7c -state incomplete":          "2 are for the list of arrivals",
		"journal -result seen":                     "2 -result",
	} {
		asked = nil
		var out, errs bytes.Buffer
		code := run(t.Context(), append([]string{"raddeploy"}, append(strings.Fields(line), "-address", agent.URL)...), &out, &errs)
		if text, usage := strings.CutPrefix(want, "2 "); usage {
			if code != exitUsage || !strings.Contains(errs.String(), text) || asked != nil {
				t.Errorf("%s: exit code %d, %s", line, code, errs.String())
			}
			continue
		}
		if code != exitOK || asked.Encode() != want {
			t.Errorf("%s: exit code %d, asked %q, want %q: %s", line, code, asked.Encode(), want, errs.String())
		}
	}
}

// A model without a name is not taken for a number of models.
func TestModelsOfAFlow(t *testing.T) {
	for want, names := range map[string][]string{"1 unnamed": {"0"}, "seg, report": {"seg", "report"}, "seg, 2 unnamed": {"0", "seg", "2"}, "": nil, "1": {"1"}} {
		if got := models(names); got != want {
			t.Errorf("%q: %q, want %q", names, got, want)
		}
	}
}
