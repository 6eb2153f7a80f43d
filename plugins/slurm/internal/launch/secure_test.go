package launch

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Credentials go by TLS, unless the site says otherwise of a registry or it is
// this host's own.
func TestRegistriesAreAskedByTLS(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	for _, row := range []struct {
		url      string
		insecure []string
		refused  bool
	}{
		{"http://10.255.255.1:5000/v2/", nil, true},
		{"http://registry.local/v2/", []string{"other.local"}, true},
		{server.URL, nil, false},
		{server.URL, []string{strings.TrimPrefix(server.URL, "http://")}, false},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, row.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := secure{row.insecure}.RoundTrip(request)
		if err == nil {
			_ = response.Body.Close()
		}
		if refused := err != nil && strings.Contains(err.Error(), "insecure_registries"); refused != row.refused {
			t.Errorf("%s: %v", row.url, err)
		}
	}
}
