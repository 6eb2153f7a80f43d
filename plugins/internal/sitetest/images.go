package sitetest

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// Image puts the tests' image, changed and with further files, which are programs,
// into the registry of make services, and returns what it is called there.
func Image(t testing.TB, called string, change func(*v1.ConfigFile), programs map[string][]byte) string {
	t.Helper()
	NeedRegistry(t)
	image := Registry + "/raddeploy-test/" + called + ":latest"
	base, err := remote.Image(reference(t, Registry+"/"+Busybox))
	if err != nil {
		t.Fatal(err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return packed(programs) })
	if err != nil {
		t.Fatal(err)
	}
	made, err := mutate.AppendLayers(base, layer)
	if err != nil {
		t.Fatal(err)
	}
	config, err := made.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	change(config)
	if made, err = mutate.ConfigFile(made, config); err == nil {
		err = remote.Write(reference(t, image), made)
	}
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// Index puts an index into the registry that has an image of [Image] for one
// architecture, and none for others, and returns what it is called there.
func Index(t testing.TB, called, image, architecture string) string {
	t.Helper()
	index := Registry + "/raddeploy-test/" + called + ":latest"
	only, err := remote.Image(reference(t, Registry+"/raddeploy-test/"+image+":latest"))
	if err == nil {
		platform := &v1.Platform{OS: "linux", Architecture: architecture}
		err = remote.WriteIndex(reference(t, index), mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: only, Descriptor: v1.Descriptor{Platform: platform}}))
	}
	if err != nil {
		t.Fatal(err)
	}
	return index
}

func reference(t testing.TB, image string) name.Reference {
	t.Helper()
	ref, err := name.ParseReference(image, name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// packed is programs as a layer.
func packed(programs map[string][]byte) (io.ReadCloser, error) {
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	for path, program := range programs {
		err := w.WriteHeader(&tar.Header{Name: path, Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(program))})
		_, written := w.Write(program)
		if err := errors.Join(err, written); err != nil {
			return nil, err
		}
	}
	return io.NopCloser(&layer), w.Close()
}
