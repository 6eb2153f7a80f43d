package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/datafolder"
	"github.com/raddeploy/raddeploy/core/run"
)

// ask returns a client of a server.
func ask(t *testing.T, s api.Sources) *api.Client {
	t.Helper()
	s.Logger = hclog.NewNullLogger()
	listening := httptest.NewServer(documented(t, api.New(s).Handler()))
	t.Cleanup(listening.Close)
	return &api.Client{Address: listening.URL}
}

func TestHealth(t *testing.T) {
	problems := []string{}
	client := ask(t, api.Sources{Problems: func() []string { return problems }})
	want := api.Health{State: "healthy", Problems: []string{}}
	for range 2 {
		got, err := client.Health(t.Context())
		check(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		problems = []string{"state database: it is broken"}
		want = api.Health{State: "unhealthy", Problems: problems}
	}
}

// What is received is what the agent copied; an error leaves nothing that could
// be taken for a back-up, and says what to do.
func TestBackup(t *testing.T) {
	text := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	var fails error
	client := ask(t, api.Sources{Copy: func(context.Context) (*os.File, error) {
		if fails != nil {
			return nil, fails
		}
		path := filepath.Join(t.TempDir(), "copy")
		check(t, os.WriteFile(path, text, 0o600))
		return os.Open(path)
	}})
	var got bytes.Buffer
	var size int64
	check(t, client.Backup(t.Context(), &got, func(bytes int64) error { size = bytes; return nil }))
	if !bytes.Equal(got.Bytes(), text) || size != int64(len(text)) {
		t.Errorf("%d bytes were received of %d, and %d were announced", got.Len(), len(text), size)
	}
	got.Reset()
	full := errors.New("the disk is full")
	if err := client.Backup(t.Context(), &got, func(int64) error { return full }); !errors.Is(err, full) || got.Len() > 0 {
		t.Errorf("without room here: %v, and %d bytes", err, got.Len())
	}
	for _, fails = range []error{datafolder.ErrCopying, fmt.Errorf("data: %w: make room", datafolder.ErrNoRoom)} {
		if err := client.Backup(t.Context(), &got, func(int64) error { return nil }); err == nil || err.Error() != fails.Error() || got.Len() > 0 {
			t.Errorf("got %v, want %v; %d bytes", err, fails, got.Len())
		}
	}
}

// A configuration that is wrong is shown as `raddeploy validate` shows it.
func TestReload(t *testing.T) {
	var fails error
	var asks run.Actor
	client := ask(t, api.Sources{Reload: func(_ context.Context, by run.Actor) ([]config.Change, error) {
		asks = by
		return []config.Change{{Setting: "dicom.max_pdu", What: "1 → 2"}, {Setting: "name", What: "a → b", Restart: true}}, fails
	}})
	got, err := client.Reload(t.Context(), api.Order{By: "ann"})
	check(t, err)
	if asks != (run.Actor{Name: "ann", Address: "127.0.0.1"}) {
		t.Errorf("who asks is %+v", asks)
	}
	if diff := cmp.Diff([]api.Change{{Setting: "dicom.max_pdu", What: "1 → 2"}, {Setting: "name", What: "a → b", Restart: true}}, got); diff != "" {
		t.Error(diff)
	}
	_, wrong := config.Parse("site.hcl", []byte("nmae = 1"), nil)
	fails = wrong.Err()
	if _, err := client.Reload(t.Context(), api.Order{By: "ann"}); err == nil || !strings.Contains(err.Error(), "site.hcl:1:1: error: a site has no setting nmae") || !strings.Contains(err.Error(), "1 | nmae = 1") {
		t.Errorf("a wrong file: %v", err)
	}
	fails = errors.New("dicom { tls }: no such file")
	if _, err := client.Reload(t.Context(), api.Order{By: "ann"}); err == nil || err.Error() != fails.Error() {
		t.Errorf("another error: %v", err)
	}
}
