package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/phantom"
	"github.com/raddeploy/raddeploy/core/run"
)

// The example model as its README says that it is used: packed as an image, its
// flow copied with another address.
func TestThreshold(t *testing.T) {
	t.Parallel()
	archive, orthanc := testenv.Storescp(t), testenv.NewOrthanc(t)
	site := programs.NewSite(t, testenv.Docker(t, 1))
	image := fmt.Sprintf("raddeploy/threshold:test-%d", os.Getpid())
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	if output, err := testenv.Command(t, "bash", filepath.Join(root, "examples/threshold/pack.sh"), image); err != nil {
		t.Fatalf("pack: %v\n%s", err, output)
	}
	t.Cleanup(func() { testenv.CleanUp(t, "docker", "image", "rm", image) })
	text := replace(t, testenv.Example(t, "threshold/flow.yaml"), "raddeploy/threshold:latest", image)
	text = text[:strings.Index(text, "destinations:")]
	site.Flow("threshold", fmt.Sprintf("%s\ndestinations: [%s, %s]\n", text, archive.Destination(), orthanc.Destination()))
	site.Start()
	series, err := phantom.Write(t.TempDir(), phantom.Options{Slices: 8, Size: 64})
	if err != nil {
		t.Fatal(err)
	}
	site.Send(series...)

	r := site.Ended("bone-threshold", run.Done)
	written := output(t, site, r, 0, "dst")
	if len(written) != 1 {
		t.Errorf("%d segmentations of one series", len(written))
	}
	same(t, "storescp", archive.Files(), written)
	for _, segmentation := range written {
		orthanc.MustKeep(segmentation.Path)
	}
	site.NoContainers()
}
