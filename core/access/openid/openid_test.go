package openid

import (
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
)

// The highest role counts that one of somebody's groups has, however the
// provider writes them.
func TestRoles(t *testing.T) {
	site := config.OIDC{Viewers: []string{"doctors", "nurses"}, Operators: []string{"physicists"}, Admins: []string{"it"}}
	all := site
	all.Viewers = []string{"*"}
	for _, test := range []struct {
		name  string
		site  config.OIDC
		claim any
		want  run.Role
	}{
		{"one group", site, []any{"nurses"}, run.Viewer},
		{"several", site, []any{"doctors", "it", "physicists"}, run.Admin},
		{"one text", site, "physicists", run.Operator},
		{"others", site, []any{"porters"}, ""},
		{"a group with another's beginning", site, "itx", ""},
		{"several in one text", site, "it physicists", ""},
		{"no claim", site, nil, ""},
		{"no texts", site, []any{1.0, nil, true, map[string]any{"it": true}}, ""},
		{"everybody", all, nil, run.Viewer},
		{"everybody, and more", all, []any{"it"}, run.Admin},
	} {
		if got := roleOf(test.site, test.claim); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestNames(t *testing.T) {
	for _, test := range []struct {
		said map[string]any
		want string
	}{
		{map[string]any{"preferred_username": "anna", "email": "a@b"}, "anna"},
		{map[string]any{"preferred_username": "", "email": "a@b"}, "a@b"},
		{map[string]any{"email": 7}, "subject"},
		{map[string]any{"preferred_username": "\x01", "email": "a@b"}, "a@b"},
		{map[string]any{"name": "a\nb\x00\xff" + strings.Repeat("é", 100)}, "ab" + strings.Repeat("é", 62)},
	} {
		if got := nameOf(test.said, "subject"); got != test.want {
			t.Errorf("%v is called %q, want %q", test.said, got, test.want)
		}
	}
}
