package registry_test

import (
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	server "github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/registry"
)

func TestDigest(t *testing.T) {
	site := httptest.NewServer(server.New(server.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(site.Close)
	host := strings.TrimPrefix(site.URL, "http://")
	image, err := random.Image(64, 1)
	if err != nil {
		t.Fatal(err)
	}
	reference, err := name.ParseReference(host + "/models/bone:1.0")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(reference, image); err != nil {
		t.Fatal(err)
	}
	want, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	for _, asked := range []string{host + "/models/bone:1.0", host + "/models/bone@" + want.String()} {
		if got, err := registry.Digest(t.Context(), asked); err != nil || got != want.String() {
			t.Errorf("%s is %q (%v), want %s", asked, got, err, want)
		}
	}
	if _, err := registry.Digest(t.Context(), host+"/models/bone:2.0"); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("a missing tag: %v, want ErrNotFound", err)
	} else if problem.Advice(err) == "" || !strings.HasPrefix(err.Error(), "image "+host+"/models/bone:2.0: not found") {
		t.Errorf("a missing tag: %q advises %q", err, problem.Advice(err))
	}
	if _, err := registry.Digest(t.Context(), "UPPER CASE"); err == nil || errors.Is(err, registry.ErrNotFound) {
		t.Errorf("what is no reference: %v, want another error than ErrNotFound", err)
	}
	site.Close()
	if _, err := registry.Digest(t.Context(), host+"/models/bone:1.0"); err == nil || errors.Is(err, registry.ErrNotFound) {
		t.Errorf("a registry that is away: %v, want another error than ErrNotFound", err)
	}
}
