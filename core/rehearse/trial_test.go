package rehearse_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/match/decide"
	"github.com/raddeploy/raddeploy/core/phantom"
	"github.com/raddeploy/raddeploy/core/rehearse"
	"github.com/raddeploy/raddeploy/core/run"
)

func load(t *testing.T, text string) *flowfile.Loaded {
	t.Helper()
	flows, diagnostics := flowfile.Parse("flow.yaml", []byte(text), flowfile.Options{})
	if len(flows) != 1 {
		t.Fatal(diagnostics)
	}
	return flows[0]
}

// folder has two series of three and two slices, a copy of a slice, a file that
// is no DICOM and one that ends too early.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var first []string
	for name, slices := range map[string]int{"a/deep/er": 3, "b": 2} {
		files, err := phantom.Write(filepath.Join(dir, name), phantom.Options{Slices: slices, Size: 16, Seed: uint64(slices)})
		if err != nil {
			t.Fatal(err)
		}
		if slices == 2 {
			first = files
		}
	}
	text, err := os.ReadFile(first[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"b/notes.txt": []byte("no DICOM"), "c/again.dcm": text, "c/cut.dcm": text[:500]} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestScanFindsWhatIsDICOM(t *testing.T) {
	dir := folder(t)
	tried := rehearse.Trial{}
	f := load(t, "tar_subdir: [PatientSex]\ntriggers: [{SeriesDescription: phantom, CallingAET: X}]\nmodels: [{image: a}]\n")
	paths := tried.Paths([]*flowfile.Loaded{f, f})
	if len(paths) != 2 {
		t.Fatalf("%d paths", len(paths))
	}
	told := 0
	found, err := rehearse.Scan(t.Context(), dir, paths, func(int) { told++ })
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Objects) != 7 || found.Skipped != 1 || len(found.Faulty) != 1 || len(found.Refused) != 0 || told == 0 {
		t.Errorf("%d objects, %d skipped, %d faulty, told %d times", len(found.Objects), found.Skipped, len(found.Faulty), told)
	}
	for _, o := range found.Objects[:5] {
		if got := o.Texts(paths[0]); len(got) != 1 || !strings.Contains(got[0], "phantom") || !o.SOPInstanceUID.Valid() || o.Modality != "CT" {
			t.Errorf("%s: %q, %s", o.File, got, o.Modality)
		}
	}
	if _, err := rehearse.Scan(t.Context(), filepath.Join(dir, "missing"), nil, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing folder: %v", err)
	}
}

func TestArrivalsAreWhatTheRuleSays(t *testing.T) {
	object := func(study, series, instance dcm.UID) rehearse.Object {
		return rehearse.Object{Object: run.Object{StudyUID: study, SeriesUID: series, SOPInstanceUID: instance, File: string(instance)}}
	}
	objects := []rehearse.Object{object("1", "1.1", "a"), object("1", "1.2", "b"), object("2", "2.1", "c"), object("1", "1.1", "a"), object("", "", "")}
	for rule, want := range map[string][]string{
		"association": {" bca"}, "": {" bca"}, "series": {"1.1 a", "1.2 b", "2.1 c", " "}, "study": {"1 ba", "2 c", " "},
	} {
		var got []string
		repeated := 0
		for _, a := range rehearse.Group(objects, rule) {
			text := string(a.UID) + " "
			for _, o := range a.Objects {
				text += o.File
			}
			got, repeated = append(got, text), repeated+a.Repeated
		}
		if diff := cmp.Diff(want, got); diff != "" || repeated != 1 {
			t.Errorf("%s: %d repeated; %s", rule, repeated, diff)
		}
	}
}

func TestEachFlowHasItsOwnRule(t *testing.T) {
	dir := folder(t)
	own := load(t, "name: own\ncomplete: {on: series, idle: 60s}\ntriggers: [{Modality: CT}]\nmodels: [{image: a}]\n")
	sites := load(t, "name: sites\ntriggers: [{Modality: CT}]\nmodels: [{image: a}]\n")
	flows := []*flowfile.Loaded{own, sites}
	type count struct{ arrivals, runs int } // the file that ends too early is of no series
	for rule, want := range map[string][]count{"association": {{3, 2}, {1, 1}}, "study": {{3, 2}, {3, 2}}} {
		tried := rehearse.Trial{Site: &config.Site{TarSubdir: []string{"Modality", "images"}, DICOM: config.DICOM{Complete: flow.Complete{On: rule}}}}
		found, err := rehearse.Scan(t.Context(), dir, tried.Paths(flows), nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range tried.Try(found, flows) {
			if got := (count{len(r.Arrivals), r.Runs()}); got != want[i] {
				t.Errorf("%s at a site of %s: %d arrivals, %d runs", r.Flow.Name, rule, len(r.Arrivals), r.Runs())
			}
			for _, o := range r.Arrivals {
				if len(o.Src) != o.Result.Count || o.Result.Verdict == decide.Matched && !strings.HasPrefix(o.Src[0], "CT/images/CT_") {
					t.Errorf("%s, src %v", o.Result.Verdict, o.Src)
				}
			}
		}
	}
}

// Without a site, it is known to be a guess what an arrival is, where that makes a
// difference.
func TestARuleThatIsAssumed(t *testing.T) {
	dir := folder(t)
	own := load(t, "name: own\ncomplete: {on: series}\nmodels: [{image: a}]\n")
	sites := load(t, "name: sites\nmodels: [{image: a}]\n")
	flows := []*flowfile.Loaded{own, sites}
	for _, test := range []struct {
		name  string
		trial rehearse.Trial
		want  []bool
	}{
		{"no site", rehearse.Trial{}, []bool{false, true}},
		{"a rule of the caller's", rehearse.Trial{Rule: "study"}, []bool{false, false}},
		{"a site", rehearse.Trial{Site: &config.Site{}}, []bool{false, false}},
	} {
		found, err := rehearse.Scan(t.Context(), dir, test.trial.Paths(flows), nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range test.trial.Try(found, flows) {
			if r.Assumed != test.want[i] {
				t.Errorf("%s, flow %s: assumed: %t", test.name, r.Flow.Name, r.Assumed)
			}
		}
	}
}

// What a rule expects and is not in an arrival is named.
func TestExpectedObjects(t *testing.T) {
	dir := folder(t)
	f := load(t, "complete: {on: study, expect: [{Modality: ^CT$}, {Modality: ^RTSTRUCT$}, {SeriesDescription: nothing}]}\ntriggers: [{Modality: CT}]\nmodels: [{image: a}]\n")
	tried := rehearse.Trial{}
	found, err := rehearse.Scan(t.Context(), dir, tried.Paths([]*flowfile.Loaded{f}), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range tried.Try(found, []*flowfile.Loaded{f})[0].Arrivals {
		if diff := cmp.Diff([]string{"RTSTRUCT", "SeriesDescription nothing"}, o.Missing); diff != "" && o.UID != "" {
			t.Errorf("missing of study %s (-want +got):\n%s", o.UID, diff)
		}
	}
}

func TestPlan(t *testing.T) {
	f := load(t, `
return_to_sender_on_ports: [104]
models:
  - {name: a, image: a, output_mounts: {x: /output}}
  - {name: b, image: b, gpu: 2, input_mounts: {x: /input}, output_mounts: {y: /output}}
  - {name: c, image: c, executor: small, input_mounts: {x: /input}, output_mounts: {z: /output}}
  - {name: d, image: d, input_mounts: {y: /y, z: /z}}
destinations: [pacs, {host: h, port: 11112, ae_title: OTHER}, nobody]
`).Flow
	site := &config.Site{
		Executors:    []config.Executor{{Instance: "big", CPUs: 0, GPUs: []string{"0", "1"}}, {Instance: "small", CPUs: 2, GPUs: []string{"0"}}},
		Destinations: []config.Destination{{Name: "pacs", Host: "p", Port: 104, AETitle: "PACS"}},
	}
	plan := rehearse.PlanOf(f, site)
	var got []string
	for i, stage := range plan.Stages {
		for _, s := range stage {
			got = append(got, strings.Join([]string{string(rune('1' + i)), s.Model, strings.Join(s.Inputs, "+"), strings.Join(s.Outputs, "+"), s.Executor}, " "))
		}
	}
	if diff := cmp.Diff([]string{"1 a src x small", "2 b x y big", "2 c x z small", "3 d y+z dst small"}, got); diff != "" {
		t.Error(diff)
	}
	want := []rehearse.Destination{
		{Name: "the sender", Node: "on port 104"}, {Name: "pacs", Node: "PACS@p:104"}, {Node: "OTHER@h:11112"},
		{Name: "nobody", Reason: "the site has no destination of that name"},
	}
	if diff := cmp.Diff(want, plan.Destinations); diff != "" {
		t.Error(diff)
	}
	site.Executors = site.Executors[1:]
	if plan := rehearse.PlanOf(f, site); !plan.Impossible() || !strings.Contains(plan.Stages[1][0].Reason, "2 GPU") {
		t.Errorf("two GPUs where there is one: %+v", plan.Stages[1])
	}
	site.Executors = append(site.Executors, config.Executor{Plugin: "slurm", Instance: "cluster", CPUs: 2})
	if step := rehearse.PlanOf(f, site).Stages[1][0]; step.Executor != "cluster" || !strings.Contains(step.Reason, "if its backend assigns 2 GPU") {
		t.Errorf("two GPUs where there is a cluster: %+v", step)
	}
	if plan := rehearse.PlanOf(f, nil); plan.Impossible() || plan.Stages[1][1].Executor != "small" || plan.Stages[0][0].Executor != "any" {
		t.Errorf("of no particular site: %+v", plan.Stages)
	}
}
