package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

const rtStructureSet dcm.UID = "1.2.840.10008.5.1.4.1.1.481.3"

// The radiotherapy example as it stands, but for addresses, the GPU of its folds
// and how long it waits: a CT and an RTSTRUCT come by two associations of two
// senders, five folds and a join run, and the result is at two destinations and
// back with both senders.
func TestRadiotherapy(t *testing.T) {
	t.Parallel()
	pacs, planning, back := testenv.Storescp(t), testenv.Storescp(t), testenv.Storescp(t)
	site := programs.NewSite(t, testenv.Docker(t, 5))
	radiotherapy(t, site, pacs.Port, planning.Port, back.Port, nil)
	site.Start()
	scan, structures := planned(3)
	sendAs(t, site, "CT1", scan...)
	arrivalOf(t, site, "study", "the RTSTRUCT to be waited for", func(a api.Arrival) bool {
		return strings.Contains(strings.Join(a.WaitsFor, ";"), "RTSTRUCT")
	})
	sendAs(t, site, "TPS", structures)

	r := site.Ended("radiotherapy", run.Done)
	if len(site.Runs("radiotherapy")) != 1 || r.Objects != 4 || len(r.Tasks) != 6 {
		t.Errorf("%d runs, with %d objects and %d tasks; want one with 4 and 6", len(site.Runs("radiotherapy")), r.Objects, len(r.Tasks))
	}
	if _, said := cli(t, site, "logs", string(r.ID), "-task", "join"); strings.TrimSpace(said) != strings.TrimSpace(strings.Repeat("3\n", 5)) {
		t.Errorf("the join printed %q, want the 3 slices of each of five folds", said)
	}
	result := output(t, site, r, 5, "dst")
	same(t, "dst", result, files([]testenv.Object{structures}))
	for name, archive := range map[string]*testenv.Receiver{"the archive": pacs, "the planning system": planning} {
		same(t, name, archive.Files(), result)
	}
	if got := returned(r); got != "ARCHIVE CT1 PLANNING TPS" {
		t.Errorf("results went to %s, want both destinations and both senders", got)
	}
	if got := back.Files(); len(got) != 2 {
		t.Errorf("%d objects came back, want the result for each of two senders", len(got))
	}
	site.NoContainers()
}

// One fold of five fails: the others go on, the join is skipped, nothing is
// sent; a retry runs the fold and the join. So says docs/flows.md.
func TestOneFoldOfFiveFails(t *testing.T) {
	t.Parallel()
	archive := testenv.Storescp(t)
	site := programs.NewSite(t, testenv.Docker(t, 5))
	radiotherapy(t, site, archive.Port, archive.Port, archive.Port, map[string]string{
		`"ls /input/CT_* | wc -l >`: `"test ${fold.value} != 3 || test -e /gate/open || exit 4; ls /input/CT_* | wc -l >`,
		`gpu           = var.gpu`:   `static_mounts = { gate = "/gate" }`,
	})
	site.Static("gate", "weights", "none")
	site.Start()
	scan, structures := planned(2)
	sendAs(t, site, "CT1", append(scan, structures)...)

	r := site.Ended("radiotherapy", run.Failed)
	states := map[run.TaskState]int{}
	for _, task := range r.Tasks {
		states[task.State]++
	}
	want := map[run.TaskState]int{run.TaskSucceeded: 4, run.TaskFailed: 1, run.TaskSkipped: 1}
	if diff := cmp.Diff(want, states); diff != "" || len(r.Deliveries) != 0 {
		t.Errorf("%d deliveries; -want +got:\n%s", len(r.Deliveries), diff)
	}
	site.Static("gate", "open", "")
	if code, said := cli(t, site, "retry", string(r.ID)); code != 0 {
		t.Fatalf("retry: exit code %d: %s", code, said)
	}
	r = site.Ended("radiotherapy", run.Done)
	tries := 0
	for _, task := range r.Tasks {
		tries += len(task.Attempts)
	}
	if tries != 7 {
		t.Errorf("%d tries, want five folds, one of them twice, and the join", tries)
	}
	if got := archive.Files(); len(got) != 3 {
		t.Errorf("%d objects were sent, want the result for each of two destinations and the sender", len(got))
	}
}

// radiotherapy gives a site the example's flow with other addresses, without
// GPUs, a short wait, and further changes.
func radiotherapy(t *testing.T, site *testenv.Site, pacs, planning, back int, changes map[string]string) {
	t.Helper()
	text := testenv.Example(t, "flows/radiotherapy.hcl")
	for _, change := range []map[string]string{{
		"default     = true": "default     = false",
		`idle     = "2m" `:   `idle     = "1s" `,
		"host     = \"pacs.example.org\"\n    port     = 104":     fmt.Sprintf("host     = \"127.0.0.1\"\n    port     = %d", pacs),
		"host     = \"planning.example.org\"\n    port     = 104": fmt.Sprintf("host     = \"127.0.0.1\"\n    port     = %d", planning),
		"on_ports = [11112]": fmt.Sprintf("on_ports = [%d]", back),
	}, changes} {
		for old, by := range change {
			text = replace(t, text, old, by)
		}
	}
	if err := os.WriteFile(filepath.Join(site.Dir, "flows", "radiotherapy.hcl"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// planned are the slices of a planning CT and the structure set of the same
// study.
func planned(slices int) (ct []testenv.Object, structures testenv.Object) {
	ct = testenv.Series(slices)
	return ct, testenv.Object{Study: ct[0].Study, Instance: dcm.NewUID(), Series: dcm.NewUID(), Class: rtStructureSet, Modality: "RTSTRUCT"}
}

// sendAs sends objects over one association of a sender of this AE title.
func sendAs(t *testing.T, site *testenv.Site, title string, objects ...testenv.Object) {
	t.Helper()
	if output, err := testenv.Storescu(t, site.DICOM(), []string{"-aet", title}, testenv.Write(t, objects...)...); err != nil {
		t.Fatalf("storescu: %v: %s", err, output)
	}
}
