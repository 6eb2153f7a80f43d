package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/phantom"
	"github.com/raddeploy/raddeploy/core/run"
)

// One flow file and one series go to a Docker site and to a containerd site.
// What comes out is the same, but for what a model makes anew each time: UIDs
// of its own, and the time.
func TestSameFlowOnTwoRuntimes(t *testing.T) {
	t.Parallel()
	blocks := map[string]string{"docker": testenv.Docker(t, 1), "containerd": testenv.Containerd(t, "cpus = 1")}
	image := packed(t)
	testenv.ToContainerd(t, image)
	text := thresholdFlow(t, image, "")
	series, err := phantom.Write(t.TempDir(), phantom.Options{Slices: 4, Size: 64})
	if err != nil {
		t.Fatal(err)
	}
	made := make(map[string]map[string]string)
	for name, block := range blocks {
		site := programs.NewSite(t, block)
		site.Flow("threshold", text)
		site.Start()
		site.Send(series...)
		r := site.Ended("bone-threshold", run.Done)
		if executor := r.Tasks[0].Attempts[0].Executor; executor != name {
			t.Errorf("it ran on %s, want %s", executor, name)
		}
		made[name] = bySource(t, output(t, site, r, 0, "dst"))
		if len(made[name]) != 1 {
			t.Errorf("%s made %d segmentations of one series", name, len(made[name]))
		}
		site.Stop()
	}
	if diff := cmp.Diff(made["docker"], made["containerd"]); diff != "" {
		t.Errorf("-docker +containerd:\n%s", diff)
	}
}

// packed packs the example model as an image of the Docker engine, and returns
// its name.
func packed(t *testing.T) string {
	t.Helper()
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	image := fmt.Sprintf("raddeploy/threshold:test-%d-%s", os.Getpid(), strings.ToLower(t.Name()))
	if output, err := testenv.Command(t, "bash", filepath.Join(root, "examples/threshold/pack.sh"), image); err != nil {
		t.Fatalf("pack: %v\n%s", err, output)
	}
	t.Cleanup(func() { testenv.CleanUp(t, "docker", "image", "rm", image) })
	return image
}

// thresholdFlow is the example's flow file with another image, with a word more
// for its model, and without destinations.
func thresholdFlow(t *testing.T, image, more string) string {
	t.Helper()
	text := replace(t, testenv.Example(t, "threshold/flow.yaml"), "raddeploy/threshold:latest", image)
	text = replace(t, text, "    timeout: 5m\n", "    timeout: 5m\n"+more)
	return text[:strings.Index(text, "destinations:")]
}

// madeAnew are the elements that the example model makes anew each time: its SOP
// instance and series UIDs, also in the file's header, whose length is theirs,
// the UID of its dimensions, and the date and time of its content.
var madeAnew = regexp.MustCompile(`(?m)^(\((0002,0000|0002,0003|0008,0018|0020,000e|0008,0023|0008,0033)\)| *\(0020,9164\)).*\n`)

var sourceOf = regexp.MustCompile(`\(0008,1155\) UI \[([0-9.]+)\]`)

// bySource is every element of every segmentation as dcmdump shows it, pixels
// too, by the first object that it was made from.
func bySource(t *testing.T, segmentations map[testenv.Key]testenv.File) map[string]string {
	t.Helper()
	shown := make(map[string]string)
	for _, segmentation := range segmentations {
		text, err := testenv.Command(t, "dcmdump", "-q", "+L", segmentation.Path)
		source := sourceOf.FindStringSubmatch(text)
		if err != nil || source == nil || !strings.Contains(text, "(7fe0,0010)") {
			t.Fatalf("dcmdump %s: %v\n%.2000s", segmentation.Path, err, text)
		}
		shown[source[1]] = madeAnew.ReplaceAllString(text, "")
	}
	return shown
}
