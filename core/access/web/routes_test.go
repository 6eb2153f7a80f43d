package web

import (
	"slices"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/run"
)

// What a route may need at the least does not depend on who writes its row: whoever is
// not known gets the login alone, a viewer changes nothing, and what is an admin's stays
// an admin's. An exception is named here.
func TestLeastRoles(t *testing.T) {
	anybody := []string{"GET /login", "GET /login/style.css", "GET /login/provider", "GET /login/provider/back", "POST /login", "POST /logout"}
	searches := []string{"POST /v1/runs/search", "POST /ui/search"}
	admins := []string{"/v1/tokens", "/v1/sessions", "/v1/audit", "/v1/reload", "/v1/backup", "/ui/audit/all"}
	seen := map[string]bool{}
	for _, route := range Routes {
		method, path, _ := strings.Cut(route.Pattern, " ")
		least := run.Viewer
		switch {
		case slices.ContainsFunc(admins, func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") }):
			least = run.Admin
		case method != "GET" && !slices.Contains(searches, route.Pattern):
			least = run.Operator
		}
		switch {
		case seen[route.Pattern]:
			t.Errorf("%s has two rows", route.Pattern)
		case route.Role == Anybody && !slices.Contains(anybody, route.Pattern):
			t.Errorf("%s is for anybody", route.Pattern)
		case route.Role != Anybody && !route.Role.May(least):
			t.Errorf("%s is for the role %s, and needs %s", route.Pattern, route.Role, least)
		}
		seen[route.Pattern] = true
	}
}
