package slurm

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/sdk"
)

// An image that is a file of the nodes is looked for where this host sees it. Of
// others, and of folders that it does not see, nothing is known.
func TestHasImage(t *testing.T) {
	e, root := configured(t, `, "path_map": {"ROOT": "/gpfs"}, "image_dirs": ["/gpfs/images", "/gpfs/far", "/opt"]`)
	if err := os.MkdirAll(filepath.Join(root, "images"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "images", "model.sif"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for image, want := range map[string]struct {
		there bool
		kind  sdk.Kind
	}{
		"/gpfs/images/model.sif": {there: true},
		"/gpfs/images/other.sif": {there: false},
		"/gpfs/far/model.sif":    {kind: sdk.Unavailable},
		"/opt/model.sif":         {kind: sdk.Unimplemented},
		"/etc/passwd":            {kind: sdk.InvalidArgument},
		"model:1":                {kind: sdk.Unimplemented},
	} {
		there, err := e.HasImage(t.Context(), image)
		if there != want.there || sdk.KindOf(err) != want.kind || (err != nil) != (want.kind != sdk.Unknown) {
			t.Errorf("%s: %t, %v", image, there, err)
		}
	}
}
