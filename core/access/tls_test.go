package access

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
)

// Somebody who configures TLS and mistypes a file gets no plain association
// instead.
func TestTLSFilesThatDoNotServe(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ServerTLS(&config.ServerTLS{CertFile: empty, KeyFile: empty}); err == nil {
		t.Error("an empty certificate was taken")
	}
	site := Destinations{
		{Name: "plain"},
		{Name: "secured", TLS: &config.ClientTLS{CAFile: empty}},
	}
	if c, err := site.TLS(run.Destination{Name: "secured"}); err == nil || !strings.Contains(err.Error(), "holds no certificate") {
		t.Errorf("an empty CA file: got %v, %v", c, err)
	}
	if c, err := site.TLS(run.Destination{Name: "renamed"}); err == nil {
		t.Errorf("a destination that the site no longer has: got %v", c)
	}
	if c, err := site.TLS(run.Destination{AETitle: "secured"}); c != nil || err != nil {
		t.Errorf("a flow's own host and port: got %v, %v", c, err)
	}
	if c, err := site.TLS(run.Destination{Name: "plain"}); c != nil || err != nil {
		t.Errorf("a destination without TLS: got %v, %v", c, err)
	}
}
