package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

var wholeExample = regexp.MustCompile("(?s)\n## A whole example\n.*?```yaml\n(.*?)```.*?```text\n(.*?)```")

// The whole example of docs/flows.md does what the page says: its container
// finds the files and the settings, prints what is shown, and what is not DICOM
// is kept and not sent.
func TestWholeExampleOfThePage(t *testing.T) {
	t.Parallel()
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "flows.md"))
	if err != nil {
		t.Fatal(err)
	}
	shown := wholeExample.FindStringSubmatch(string(page))
	if shown == nil {
		t.Fatal("the page has no whole example")
	}
	archive := testenv.Storescp(t)
	site := programs.NewSite(t, testenv.Docker(t, 1))
	site.Flow("organs", shown[1]+"destinations: ["+archive.Destination()+"]\n")
	site.Static("organs", "fold0.txt", "weights")
	site.Start()
	site.Send(testenv.Write(t,
		testenv.Object{Study: "1.2.840.99", Series: "1.2.840.99.1", Instance: "1.2.840.99.1.1"},
		testenv.Object{Study: "1.2.840.99", Series: "1.2.840.99.1", Instance: "1.2.840.99.1.2"})...)
	r := site.Ended("organs", run.Done)
	_, said := cli(t, site, "logs", string(r.ID))
	if diff := cmp.Diff(shown[2], said); diff != "" {
		t.Errorf("-page +log:\n%s", diff)
	}
	if got := archive.Files(); len(got) != 2 {
		t.Errorf("%d objects were sent, want the two slices", len(got))
	}
	if _, about := cli(t, site, "runs", string(r.ID)); !strings.Contains(about, "2 of 3") {
		t.Errorf("the run does not count the report, which is not DICOM:\n%s", about)
	}
}
