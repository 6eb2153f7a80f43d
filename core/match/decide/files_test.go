package decide_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/match/decide"
)

// realFiles is where real DICOM files lie beside a developer's clone.
const realFiles = "../../../../shared/data/dicom"

// real reads one of the real files. Continuous integration must have them.
func real(t *testing.T, name string) decide.Object {
	t.Helper()
	file, err := os.Open(filepath.Join(realFiles, filepath.FromSlash(name)))
	if err != nil {
		if os.Getenv("CI") != "true" && os.IsNotExist(err) {
			t.Skip("no DICOM files beside this clone")
		}
		t.Fatal(err)
	}
	defer file.Close()
	header, err := dcm.ScanFile(file)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return decide.Object{Header: header, CallingAET: "CT1", CalledAET: "RadDeploy", PeerAddress: "10.1.2.3"}
}

func TestTriggersOnRealFiles(t *testing.T) {
	for _, test := range []struct{ name, file, tag, pattern string }{
		{"keyword", "CT_small.dcm", "Modality", "^CT$"},
		{"number", "CT_small.dcm", "00080060", "^CT$"},
		{"number as printed", "CT_small.dcm", "(0008,0060)", "^CT$"},
		{"several values", "CT_small.dcm", "ImageType", `^ORIGINAL\\PRIMARY\\AXIAL$`},
		{"decimal", "CT_small.dcm", "Rows", "^128$"},
		{"file meta", "JPEG2000.dcm", "TransferSyntaxUID", `^1\.2\.840\.10008\.1\.2\.4\.9[01]$`},
		{"file meta by number", "CT_small.dcm", "00020010", `^1\.2\.840\.10008\.1\.2\.1$`},
		{"private element", "CT_small.dcm", `0009,xx01,"GEMS_IDEN_01"`, "GE_GENESIS_FF"},
		{"private element by number", "CT_small.dcm", "(0009,1001)", "GE_GENESIS_FF"},
		{"sequence", "rtplan.dcm", "BeamSequence.BeamName", "Field 1"},
		{"sequence in a sequence", "rtplan.dcm", "BeamSequence.ControlPointSequence.NominalBeamEnergy", "^6(\\.0+)?$"},
		{"any item", "rtstruct.dcm", "StructureSetROISequence.ROIName", "(?i)patient|a-z|[a-z]"},
		{"big endian", "MR_small_bigendian.dcm", "Modality", "^MR$"},
		{"implicit", "MR_small_implicit.dcm", "Modality", "^MR$"},
		{"deflated", "image_dfl.dcm", "Modality", "^OT$"},
		{"no file meta, big endian", "ExplVR_BigEndNoMeta.dcm", "SOPClassUID", `^1\.2\.840\.`},
		{"calling title", "CT_small.dcm", "CallingAET", "^CT1$"},
		{"called title", "CT_small.dcm", "CalledAET", "(?i)^raddeploy$"},
		{"address", "CT_small.dcm", "PeerAddress", `^10\.1\.`},
		{"arabic", "charset/chrArab.dcm", "PatientName", `^قباني\^`},
		{"german, ignoring case", "charset/chrGerm.dcm", "PatientName", `(?i)^ÄNEAS\^RÜDIGER$`},
		{"greek word", "charset/chrGreek.dcm", "PatientName", `^\w+$`},
		{"three japanese scripts", "charset/chrH31.dcm", "PatientName", `=山田\^太郎=やまだ`},
		{"japanese alone", "charset/chrJapMulti.dcm", "PatientName", `^\w+\^たろう$`},
		{"korean", "charset/chrKoreanMulti.dcm", "PatientName", `^김희중$`},
		{"russian, edge of a word", "charset/chrRuss.dcm", "PatientName", `\bЛюк`},
		{"chinese", "charset/chrX1.dcm", "PatientName", `王\^小東`},
		{"a sequence's own character set", "charset/chrSQEncoding.dcm", "RequestedProcedureCodeSequence.PatientName", "山田"},
	} {
		t.Run(test.name, func(t *testing.T) {
			object := real(t, test.file)
			for exclude, want := range map[flow.Exclude]decide.Verdict{flow.ExcludeFlow: decide.Vetoed, flow.ExcludeFile: decide.NoMatch} {
				if r := try(t, object, exclude, test.tag, test.pattern); r.Verdict != decide.Matched {
					t.Errorf("%s %s: %s; values %+v", test.tag, test.pattern, r.Verdict, r.Triggers[0].Tags)
				}
				if r := try(t, object, exclude, test.tag, "~"+test.pattern); r.Verdict != want {
					t.Errorf("~ with exclude: %s: %s, want %s", exclude, r.Verdict, want)
				}
				if r := try(t, object, exclude, test.tag, "no such text"); r.Verdict != decide.NoMatch {
					t.Errorf("another pattern: %s", r.Verdict)
				}
			}
		})
	}
}

func try(t *testing.T, object decide.Object, exclude flow.Exclude, tag, pattern string) *decide.Result {
	t.Helper()
	f := &flow.Flow{Name: "f", Exclude: exclude, Triggers: []flow.Trigger{{Tags: []flow.TagPatterns{{Tag: tag, Patterns: []string{pattern}}}}}}
	m, problems := flow.Compile(f)
	if m == nil {
		t.Fatal(problems)
	}
	for _, p := range problems {
		if !strings.Contains(p.Message, "no DICOM keyword") {
			t.Error(p)
		}
	}
	return decide.Match(m, []decide.Object{object})
}

// TestBulkDataHasNoText holds that pixels and long unknown values neither match
// nor exclude.
func TestBulkDataHasNoText(t *testing.T) {
	object := real(t, "CT_small.dcm")
	for _, pattern := range []string{"", ".", "~.", "~"} {
		want := decide.NoMatch
		if strings.HasPrefix(pattern, "~") {
			want = decide.Matched // what is missing is not excluded
		}
		if r := try(t, object, flow.ExcludeFlow, "PixelData", pattern); r.Verdict != want {
			t.Errorf("%q: %s, want %s", pattern, r.Verdict, want)
		}
	}
}
