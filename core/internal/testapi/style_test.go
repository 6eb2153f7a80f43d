package testapi

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStyle(t *testing.T) {
	for text, want := range map[string][]string{
		`{"state":"done","opened":"2026-03-01T08:00:00Z","bytes":5000000000,"n":[1,null]}`: nil,
		`{"definition":{"triggers":[{"Modality":"CT"}],"models":[{"timeout":"30m"}]}}`:     nil,
		`{"Timeout":1}`: {`: the name "Timeout" is not snake_case`},
		`{"definition":{"models":[{"timeout":1800000000000}]}}`: {`.definition.models[0].timeout: 1800000000000 looks like nanoseconds`},
		`{"exit":{"kind":1}}`:                                               {`.exit.kind: 1 is not a word`},
		`[{"opened":"0001-01-01T00:00:00Z"}]`:                               {`[0].opened: 0001-01-01T00:00:00Z is nobody's time`},
		`{"opened":"2026-03-01 08:00:00"}`:                                  {`.opened: "2026-03-01 08:00:00" is not a time of RFC 3339`},
		`{"started":"2026-03-01T08:00:00Z","ended":"2026-03-01T07:00:00Z"}`: {`: ended 2026-03-01T07:00:00Z is before started 2026-03-01T08:00:00Z`},
		`{`: {"not JSON: unexpected EOF"},
	} {
		if diff := cmp.Diff(want, Style([]byte(text))); diff != "" {
			t.Errorf("%s:\n%s", text, diff)
		}
	}
}
