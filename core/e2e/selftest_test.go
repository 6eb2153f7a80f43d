package e2e_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
)

// The test of an agent by itself takes a series in, through each executor, and
// back. No flow of the site sees it, though one takes everything.
func TestSelftest(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Docker(t, 1)+"\n"+testenv.Process(1)+"\nexecutor \"process\" \"spare\" { cpus = 1 }")
	site.Flow("everything", "models: [{image: any, command: [\"true\"]}]\ntriggers: [{Modality: \".\"}]\n")
	site.Start()
	if code, out := cli(t, site, "drain", "spare"); code != 0 {
		t.Fatal(out)
	}
	code, out := cli(t, site, "selftest", "-json")
	var steps []struct {
		ID, State, Says string
		Seconds         float64
	}
	if err := json.Unmarshal([]byte(out), &steps); err != nil || code != 0 {
		t.Fatalf("exit code %d, %v:\n%s", code, err, out)
	}
	var ids []string
	for _, step := range steps {
		ids = append(ids, step.ID+" "+step.State)
	}
	want := "series ok, send ok, arrival ok, executor docker ok, executor process ok, executor spare ok"
	if got := strings.Join(ids, ", "); got != want {
		t.Errorf("the steps are %s, want %s:\n%s", got, want, out)
	}
	if runs := site.Runs("everything"); len(runs) != 0 {
		t.Errorf("%d runs of the site's own flow saw the test's series", len(runs))
	}
	if runs := site.Runs("selftest"); len(runs) != 2 {
		t.Errorf("%d runs of the test, want 2", len(runs))
	}
	if _, out := cli(t, site, "flow", "list"); strings.Contains(out, "selftest") {
		t.Errorf("the test's flow is on the list:\n%s", out)
	}
}

// What is wrong is said, with the step at which it shows.
func TestSelftestOfASiteThatDoesNotAdmitIt(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1), `dicom { peer "ct" { ae_title = "CT1" } }`)
	site.Start()
	code, out := cli(t, site, "selftest")
	if code != 1 || !strings.Contains(out, "failed  send: ") || !strings.Contains(out, "calling AE title not recognized") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}
