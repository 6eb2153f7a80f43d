package decide

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
)

var _ Header = (*dcm.Header)(nil)

// header is an object's texts by the path as written; several texts are joined
// by "|".
type header map[string]string

func (h header) Texts(p dcm.Path) []string {
	text, ok := h[p.String()]
	if !ok {
		return nil
	}
	return strings.Split(text, "|")
}

// trigger reads "Tag: pattern, pattern; Tag: pattern".
func trigger(s string) flow.Trigger {
	var t flow.Trigger
	for tag := range strings.SplitSeq(s, "; ") {
		name, patterns, _ := strings.Cut(tag, ": ")
		t.Tags = append(t.Tags, flow.TagPatterns{Tag: name, Patterns: strings.Split(patterns, ", ")})
	}
	return t
}

func compile(t testing.TB, exclude flow.Exclude, triggers ...string) *flow.Matcher {
	t.Helper()
	f := &flow.Flow{Name: "f", Version: "1", Exclude: exclude}
	for _, s := range triggers {
		f.Triggers = append(f.Triggers, trigger(s))
	}
	m, problems := flow.Compile(f)
	if m == nil {
		t.Fatal(problems)
	}
	return m
}

// objects reads a line an object: "Tag=value Tag=value", with _ for a space.
func objects(lines ...string) []Object {
	var all []Object
	for _, line := range lines {
		h := header{}
		for field := range strings.FieldsSeq(line) {
			tag, value, _ := strings.Cut(field, "=")
			h[tag] = strings.ReplaceAll(value, "_", " ")
		}
		all = append(all, Object{Header: h, CallingAET: "CT1", CalledAET: "RadDeploy", PeerAddress: "10.1.2.3"})
	}
	return all
}

func TestMatchTellsWhichObjectsTrigger(t *testing.T) {
	ct, mr := "Modality=CT SeriesDescription=Head_Contrast", "Modality=MR SeriesDescription=T2_FLAIR"
	tests := map[string]struct {
		exclude  flow.Exclude
		triggers []string
		objects  []string
		verdict  Verdict
		selected []int
	}{
		"one of two":                  {"", []string{"Modality: CT"}, []string{mr, ct}, Matched, []int{1}},
		"a search, case counts":       {"", []string{"SeriesDescription: ead"}, []string{ct, "SeriesDescription=HEAD"}, Matched, []int{0}},
		"every pattern":               {"", []string{"SeriesDescription: Head|Neck, Contrast"}, []string{ct, "SeriesDescription=Head"}, Matched, []int{0}},
		"every tag":                   {"", []string{"Modality: CT; SeriesDescription: Neck"}, []string{ct}, NoMatch, nil},
		"patterns on different files": {"", []string{"Modality: CT; SeriesDescription: T2"}, []string{ct, mr}, NoMatch, nil},
		"union, each once, in order":  {"", []string{"Modality: MR", "Modality: CT|MR"}, []string{ct, "Modality=US", mr}, Matched, []int{0, 2}},
		"every trigger":               {"", []string{"Modality: CT", "Modality: PT"}, []string{ct, mr}, NoMatch, nil},
		"no trigger":                  {"", nil, []string{ct}, NoMatch, nil},
		"no object":                   {"", []string{"Modality: CT"}, nil, NoMatch, nil},
		"missing tag":                 {"", []string{"BodyPartExamined: HEAD|"}, []string{ct}, NoMatch, nil},
		"empty value is there":        {"", []string{"BodyPartExamined: HEAD|"}, []string{"BodyPartExamined="}, Matched, []int{0}},
		"veto":                        {flow.ExcludeFlow, []string{"Modality: CT|MR; SeriesDescription: ~FLAIR"}, []string{ct, mr}, Vetoed, nil},
		"veto of inclusions only":     {flow.ExcludeFlow, []string{"Modality: CT; SeriesDescription: ~FLAIR"}, []string{ct, mr}, Matched, []int{0}},
		"veto in any trigger":         {flow.ExcludeFlow, []string{"Modality: CT", "Modality: MR; SeriesDescription: ~FLAIR"}, []string{ct, mr}, Vetoed, nil},
		"left out":                    {flow.ExcludeFile, []string{"Modality: CT|MR; SeriesDescription: ~FLAIR"}, []string{ct, mr}, Matched, []int{0}},
		"left out until none is left": {flow.ExcludeFile, []string{"Modality: MR; SeriesDescription: ~FLAIR"}, []string{ct, mr}, NoMatch, nil},
		"left out here, chosen there": {flow.ExcludeFile, []string{"Modality: CT|MR; SeriesDescription: ~FLAIR", "Modality: MR"}, []string{ct, mr}, Matched, []int{0, 1}},
		"exclusion of a missing tag":  {flow.ExcludeFlow, []string{"Modality: CT; BodyPartExamined: ~HEAD"}, []string{ct}, Matched, []int{0}},
		"only an exclusion":           {flow.ExcludeFlow, []string{"SeriesDescription: ~FLAIR"}, []string{ct}, Matched, []int{0}},
		"any item of a sequence":      {"", []string{"RequestAttributesSequence.ScheduledProcedureStepID: ^B$"}, []string{"RequestAttributesSequence.ScheduledProcedureStepID=A|B"}, Matched, []int{0}},
		"excluded by any item":        {flow.ExcludeFile, []string{"RequestAttributesSequence.ScheduledProcedureStepID: ~^B$"}, []string{"RequestAttributesSequence.ScheduledProcedureStepID=A|B"}, NoMatch, nil},
		"the sender":                  {"", []string{"CallingAET: ^CT1$; CalledAET: Rad; PeerAddress: ^10\\.1\\."}, []string{ct}, Matched, []int{0}},
		"another sender":              {"", []string{"CallingAET: ^CT2$"}, []string{ct}, NoMatch, nil},
		"unknown keyword":             {"", []string{"Modalty: CT"}, []string{ct}, NoMatch, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := Match(compile(t, test.exclude, test.triggers...), objects(test.objects...))
			if r.Verdict != test.verdict || !slices.Equal(r.Selected, test.selected) || r.Count != len(test.selected) {
				t.Errorf("%s %v, want %s %v\n%s", r.Verdict, r.Selected, test.verdict, test.selected, asJSON(r))
			}
		})
	}
}

func asJSON(v any) string {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestExplanationCountsAndNamesTheNearestMiss(t *testing.T) {
	r := Match(compile(t, flow.ExcludeFlow, "Modality: CT; SeriesDescription: Head|Neck, Contrast, ~Scout"), objects(
		"Modality=MR SeriesDescription=Head",
		"Modality=CT SeriesDescription=Neck_native",
		"Modality=CT SeriesDescription=Neck_native",
		"Modality=CT",
	))
	want := []Trigger{{
		Tags: []Tag{
			{Tag: "Modality", Present: 4, Patterns: []Pattern{{Pattern: "CT", Found: 3, Left: 3}}, Values: []Value{{"CT", 3}, {"MR", 1}}},
			{Tag: "SeriesDescription", Present: 3, Patterns: []Pattern{
				{Pattern: "Head|Neck", Found: 3, Left: 2},
				{Pattern: "Contrast"},
				{Pattern: "~Scout", Exclusion: true},
			}, Values: []Value{{"Neck native", 2}, {"Head", 1}}},
		},
		Miss: &Miss{Object: 1, Tag: "SeriesDescription", Pattern: "Contrast", Value: "Neck native", Satisfied: 3, Patterns: 4},
	}}
	if diff := cmp.Diff(want, r.Triggers); diff != "" {
		t.Error(diff)
	}
}

func TestExplanationNamesTheVeto(t *testing.T) {
	r := Match(compile(t, flow.ExcludeFlow, "Modality: CT", "Modality: MR; SeriesDescription: ~FLAIR"),
		objects("Modality=CT", "Modality=MR SeriesDescription=T1", "Modality=MR SeriesDescription=T2_FLAIR"))
	want := &Miss{Object: 2, Trigger: 1, Tag: "SeriesDescription", Pattern: "~FLAIR", Value: "T2 FLAIR", Satisfied: 1, Patterns: 2}
	if diff := cmp.Diff(want, r.Veto); diff != "" {
		t.Error(diff)
	}
}

func TestExplanationIsBounded(t *testing.T) {
	var all []Object
	for i := range 5000 {
		all = append(all, Object{Header: header{"StudyDescription": strconv.Itoa(i) + strings.Repeat("ü", 10_000)}})
	}
	r := Match(compile(t, flow.ExcludeFlow, "StudyDescription: ^x"), all)
	if size := len(asJSON(r)); size > 8000 {
		t.Errorf("the explanation has %d bytes", size)
	}
	if tag := r.Triggers[0].Tags[0]; len(tag.Values) != MaxValues || tag.MoreValues != 5000-MaxValues {
		t.Errorf("%d values and %d more", len(tag.Values), tag.MoreValues)
	}
}

func TestPatternThatTakesTooLongKeepsTheFlowFromRunning(t *testing.T) {
	var all []Object
	for i := range 50 {
		all = append(all, Object{Header: header{"Modality": "CT", "StudyDescription": strings.Repeat("a", 60+i) + "!"}})
	}
	m := compile(t, flow.ExcludeFlow, "Modality: CT; StudyDescription: ~^(?=a)(a+)+b")
	begin := time.Now()
	r := Match(m, all)
	if r.Verdict != Vetoed || r.Triggers[0].Tags[1].Patterns[0].GaveUp != maxGaveUp {
		t.Errorf("%s", asJSON(r))
	}
	if took := time.Since(begin); took > 20*flow.PatternTimeout {
		t.Errorf("50 such values took %s", took)
	}
}

// TestManyFlowsAreFast guards against matching each object against each
// pattern: ten flows and 2,000 objects are to take a few 10 ms, and the bound
// leaves room for a busy machine.
func TestManyFlowsAreFast(t *testing.T) {
	begin := time.Now()
	matchTen(t, manyObjects(2000))
	if took := time.Since(begin); took > time.Second {
		t.Errorf("took %s", took)
	}
}

func BenchmarkTenFlowsOf2000Objects(b *testing.B) {
	all := manyObjects(2000)
	for b.Loop() {
		matchTen(b, all)
	}
}

func manyObjects(n int) []Object {
	var all []Object
	for i := range n {
		all = append(all, Object{Header: header{
			"Modality": "CT", "SeriesDescription": "Head Contrast 1.0", "StudyDescription": "RT planning",
			"SOPInstanceUID": "1.2.3." + strconv.Itoa(i), "InstanceNumber": strconv.Itoa(i),
		}})
	}
	return all
}

func matchTen(t testing.TB, all []Object) {
	arrival := NewArrival(all)
	for i := range 10 {
		m := compile(t, flow.ExcludeFlow, "Modality: CT; SeriesDescription: Head|Neck|Brain, Contrast; StudyDescription: (?i)rt, ~FLAIR",
			fmt.Sprintf(`SOPInstanceUID: \.%d$`, i))
		if r := arrival.Match(m); r.Verdict != Matched || r.Count != len(all) {
			t.Fatalf("%s, %d objects", r.Verdict, r.Count)
		}
	}
}

// Objects whose headers could not be read to their end are named, with the place.
func TestUnreadHeaders(t *testing.T) {
	compiled := compile(t, flow.ExcludeFlow, "Modality: CT")
	whole := Texts{"Modality": {"CT"}}
	for _, test := range []struct {
		name    string
		objects []Object
		want    *Unread
	}{
		{"none", []Object{{Header: whole}}, nil},
		{"some", []Object{{Header: whole}, {Header: Texts{}, Fault: "byte 12: bad"}, {Header: Texts{}, Fault: "byte 20: bad"}}, &Unread{Objects: 2, First: 1, Why: "byte 12: bad"}},
	} {
		if diff := cmp.Diff(test.want, Match(compiled, test.objects).Unread); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
