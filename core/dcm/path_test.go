package dcm

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// privateBlocks has two creators in one group, the wanted one in the second
// block, and again inside a sequence.
func privateBlocks() []byte {
	b := newBuilder(layout{}).text(Modality, vrCS, "MR")
	b.text(0x00290010, vrLO, "SIEMENS CSA HEADER").text(0x00290011, vrLO, "SIEMENS MEDCOM HEADER")
	b.text(0x00291008, vrCS, "IMAGE NUM 4").text(0x00291108, vrCS, "MEDCOM")
	b.sequence(0x00400275, func() {
		b.text(0x00290015, vrLO, "SIEMENS CSA HEADER").text(0x00291508, vrCS, "INSIDE")
		b.text(0x00400009, vrSH, "STEP1")
	}, func() { b.text(0x00400009, vrSH, "STEP2") })
	return b.b
}

func TestPaths(t *testing.T) {
	h, err := ScanDataset(bytes.NewReader(privateBlocks()), ExplicitVRLittleEndian)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"Modality":                           {"MR"},
		" 00080060 ":                         {"MR"},
		"(0008,0060)":                        {"MR"},
		"0008,0060":                          {"MR"},
		"TransferSyntaxUID":                  {"1.2.840.10008.1.2.1"},
		`0029,xx08,"SIEMENS CSA HEADER"`:     {"IMAGE NUM 4"},
		`(0029,xx08,"SIEMENS CSA HEADER")`:   {"IMAGE NUM 4"},
		`0029,XX08, "SIEMENS MEDCOM HEADER"`: {"MEDCOM"},
		`0029,xx09,"SIEMENS CSA HEADER"`:     nil,
		`0029,xx08,"GE.MEDS"`:                nil,
		"00291108":                           {"MEDCOM"},
		"RequestAttributesSequence.ScheduledProcedureStepID": {"STEP1", "STEP2"},
		"00400275.0040,0009": {"STEP1", "STEP2"},
		`RequestAttributesSequence.0029,xx08,"SIEMENS CSA HEADER"`:     {"INSIDE"},
		"RequestAttributesSequence.Modality":                           nil,
		"Modality.Modality":                                            nil,
		"PatientID":                                                    nil,
		"RequestAttributesSequence":                                    nil,
		"RequestAttributesSequence.RequestAttributesSequence.Modality": nil,
		"InteroceptionOfTheFuture":                                     nil,
		"RequestAttributesSequence.InteroceptionOfTheFuture":           nil,
	}
	if diff := cmp.Diff(want, textsOf(t, h, want)); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
}

func TestUnknownKeyword(t *testing.T) {
	tests := []struct{ path, unknown, suggestion string }{
		{"Modality", "", ""},
		{"SeriesDescripton", "SeriesDescripton", "SeriesDescription"},
		{"seriesdescription", "seriesdescription", "SeriesDescription"},
		{"Series_Description", "Series_Description", "SeriesDescription"},
		{"RequestAttributesSequence.Modalty", "Modalty", "Modality"},
		{"TransferSyntax", "TransferSyntax", "TransferSyntaxUID"},
		{"Xyzzy", "Xyzzy", ""},
		{"CallingAET", "CallingAET", ""},
	}
	for _, test := range tests {
		p, err := ParsePath(test.path)
		if err != nil {
			t.Fatalf("%s: %v", test.path, err)
		}
		if p.Unknown() != test.unknown || p.Known() != (test.unknown == "") {
			t.Errorf("%s: unknown %q, known %v", test.path, p.Unknown(), p.Known())
		}
		if test.unknown != "" {
			if got := Suggest(test.unknown); got != test.suggestion {
				t.Errorf("suggestion for %s: %q, want %q", test.unknown, got, test.suggestion)
			}
		}
	}
}

func TestParsePathRefuses(t *testing.T) {
	for path, want := range map[string]string{
		"":                               "empty",
		"Modality.":                      "two dots",
		".Modality":                      "two dots",
		"0008,00":                        "eight hexadecimal",
		"(0008,0060":                     "closing parenthesis",
		"00080,060":                      "four digits",
		"Series Description":             "hexadecimal",
		"0029,xx10":                      "private creator",
		`0029,xx10,"SIEMENS`:             "closing quote",
		`0029,xx10,""`:                   "empty",
		`0029,1010,"SIEMENS CSA HEADER"`: "xx and two",
		`0028,xx10,"SIEMENS CSA HEADER"`: "even",
		`zz29,xx10,"SIEMENS CSA HEADER"`: "hexadecimal",
		`0029,xx10 "SIEMENS CSA HEADER"`: "like",
		strings.Repeat("00081110.", 70) + "Modality": "64 sequences",
	} {
		if _, err := ParsePath(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParsePath(%q): error %v, want one about %q", path, err, want)
		}
	}
}

func TestDictionary(t *testing.T) {
	for keyword, tag := range map[string]Tag{
		"Modality": Modality, "TransferSyntaxUID": TransferSyntaxUID, "PixelData": PixelData, "ExtendedOffsetTable": ExtendedOffsetTable,
		"StudyInstanceUID": StudyInstanceUID, "RTROIInterpretedType": 0x300600A4,
	} {
		if got, ok := TagByKeyword(keyword); got != tag || !ok {
			t.Errorf("%s is %v, want %v", keyword, got, tag)
		}
		if got := Keyword(tag); got != keyword {
			t.Errorf("%v is %q, want %s", tag, got, keyword)
		}
	}
	if got := Keyword(0x60023000); got != "OverlayData" {
		t.Errorf("second overlay plane is %q", got)
	}
	if got := Keyword(0x00091010); got != "" {
		t.Errorf("private element is %q", got)
	}
	if _, ok := TagByKeyword("modality"); ok {
		t.Error("keywords do not depend on case")
	}
}
