package containerd

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/plugins/containerd/internal/api"
	"github.com/raddeploy/raddeploy/sdk"
)

// What a version before this one wrote down of an attempt is where package engine
// looks for it.
func TestNotesOfAnEarlierVersion(t *testing.T) {
	t.Parallel()
	b := &backend{site: sdk.Site{WorkDir: t.TempDir()}}
	if err := b.write("c", "end", sdk.Exit{Reason: sdk.Exited, Code: 3}); err != nil {
		t.Fatal(err)
	}
	record := api.Container{Name: "c", Plan: []byte(`{"digest": "d", "in": [{"From": "/a", "To": "/b"}]}`)}
	for range 2 {
		if err := b.inherit(record); err != nil {
			t.Fatal(err)
		}
	}
	if exit := noted[sdk.Exit](b, "c", "exit"); exit == nil || exit.Code != 3 {
		t.Errorf("exit %+v", exit)
	}
	if text, err := os.ReadFile(filepath.Join(b.folder("c"), "copies")); string(text) != `[{"From":"/a","To":"/b"}]` {
		t.Errorf("copies %q, %v", text, err)
	}
	if err := b.inherit(api.Container{Name: "other", Plan: []byte(`{"digest": "d"}`)}); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(b.folder("other")); !os.IsNotExist(err) {
		t.Errorf("a folder of nothing: %v", err)
	}
}
