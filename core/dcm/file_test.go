package dcm

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

func TestScanFileTellsWhatIsDICOM(t *testing.T) {
	meta, err := FileMeta{SOPClass: "1.2", SOPInstance: "1.3", TransferSyntax: ExplicitVRLittleEndian}.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	dataset := func(enc layout) string {
		return string(newBuilder(enc).text(SpecificCharacterSet, vrCS, "ISO_IR 100").text(Modality, vrCS, "CT").b)
	}
	explicit := dataset(layout{})
	tests := []struct {
		name string
		file string
		want UID // "" = not DICOM
	}{
		{"Part 10", string(meta) + explicit, ExplicitVRLittleEndian},
		{"without preamble", string(meta[128:]) + explicit, ExplicitVRLittleEndian},
		{"without preamble and prefix", string(meta[132:]) + explicit, ExplicitVRLittleEndian},
		{"bare explicit", explicit, ExplicitVRLittleEndian},
		{"bare implicit", dataset(layout{implicit: true}), ImplicitVRLittleEndian},
		{"bare big endian", dataset(layout{big: true}), ExplicitVRBigEndian},
		{"empty", "", ""},
		{"text", strings.Repeat("All work and no play makes Jack a dull boy.\n", 10), ""},
		{"zeros", strings.Repeat("\x00", 4096), ""},
		{"JSON", `{"Modality": "CT"}`, ""},
		{"PNG", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00", ""},
		{"zip", "PK\x03\x04\x14\x00\x08\x00\x08\x00\x00\x00", ""},
		{"little numbers", "\x08\x00\x05\x00\x02\x00\x00\x00\x01\x00\x01\x00\x01\x00\x00\x00\x01\x00", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h, err := ScanFile(strings.NewReader(test.file))
			if test.want == "" {
				if !errors.Is(err, ErrNotDICOM) {
					t.Errorf("error %v, want %v", err, ErrNotDICOM)
				}
				return
			}
			modality, _ := h.Text(Modality)
			if err != nil || h.TransferSyntax != test.want || modality != "CT" {
				t.Errorf("%v in %q with modality %q, want %q", err, h.TransferSyntax, modality, test.want)
			}
			if got := test.file[h.DatasetOffset:]; len(got) != len(explicit) {
				t.Errorf("data set of %d bytes at %d, want %d bytes", len(got), h.DatasetOffset, len(explicit))
			}
		})
	}
}

func TestScanFileKeepsWhatATruncatedFileHas(t *testing.T) {
	data, err := os.ReadFile(corpusFile(t, "rtplan_truncated.dcm"))
	if err != nil {
		t.Fatal(err)
	}
	h, err := ScanFile(bytes.NewReader(data))
	if err == nil {
		t.Error("a truncated file has no error")
	}
	if got := h.Texts(mustPath(t, "BeamSequence.ControlPointSequence.NominalBeamEnergy")); len(got) == 0 {
		t.Error("the elements before the cut are lost")
	}
}

// TestRealFiles scans every real file and expects what other readers find: an
// identity, and no fault but a known one.
func TestRealFiles(t *testing.T) {
	faults := map[string]error{
		"rtplan_truncated.dcm": io.ErrUnexpectedEOF,
		// its first element begins one byte late, so that no reader takes it
		"no_meta.dcm": ErrNotDICOM,
	}
	nameless := map[string]bool{ // fragments without an identity
		"UN_sequence.dcm": true, "meta_missing_tsyntax.dcm": true, "nested_priv_SQ.dcm": true, "no_meta.dcm": true, "priv_SQ.dcm": true,
		"chrSQEncoding.dcm": true,
	}
	for _, path := range corpus(t) {
		name := filepath.Base(path)
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		h, err := ScanFile(f)
		f.Close()
		if !errors.Is(err, faults[name]) {
			t.Errorf("%s: error %v, want %v", name, err, faults[name])
		}
		if h.UID(SOPInstanceUID).Valid() == nameless[name] {
			t.Errorf("%s: SOP instance UID %q", name, h.UID(SOPInstanceUID))
		}
	}
}

// TestAgreesWithAnotherReader compares every text element, in sequences too,
// with what github.com/suyashkumar/dicom reads.
func TestAgreesWithAnotherReader(t *testing.T) {
	compared := 0
	for _, path := range corpus(t) {
		name := filepath.Base(path)
		data, err := dicom.ParseFile(path, nil, dicom.SkipPixelData())
		if err != nil || strings.HasPrefix(name, "chr") {
			continue // it knows fewer character sets and encodings than there are files
		}
		h := scanPath(t, path)
		compared += compare(t, name, h, 0, len(h.elements), data.Elements)
	}
	if compared < 1500 {
		t.Errorf("only %d elements were compared", compared)
	}
}

// compare holds rows of the table against the elements that the other reader
// found, and returns how many were.
func compare(t *testing.T, name string, h *Header, from, to int, elements []*dicom.Element) (compared int) {
	t.Helper()
	row := from
	for _, e := range elements {
		tg := Tag(e.Tag.Uint32())
		if e.Tag.Group >= tag.PixelData.Group || e.Tag == tag.ItemDelimitationItem || tg.Element() == 0 && row < to && h.elements[row].tag != tg {
			continue
		}
		if row >= to || h.elements[row].tag != tg {
			t.Errorf("%s: %v is missing", name, tg)
			return compared
		}
		switch e.Value.ValueType() {
		case dicom.Strings:
			text, _ := h.text(row, h.characterSet(nil, h.meta, len(h.elements)))
			want := strings.TrimRight(strings.Join(e.Value.GetValue().([]string), `\`), " \x00")
			if want != text && !padded(e, want, text) {
				t.Errorf("%s: %v is %q, want %q", name, tg, text, want)
			}
			compared++
		case dicom.Ints:
			text, _ := h.text(row, nil)
			want := strings.ReplaceAll(strings.Trim(fmt.Sprint(e.Value.GetValue()), "[]"), " ", `\`)
			if want != text && h.elements[row].vr != vrAT {
				t.Errorf("%s: %v is %q, want %q", name, tg, text, want)
			}
			compared++
		case dicom.Sequences:
			inside := row + 1
			for _, it := range e.Value.GetValue().([]*dicom.SequenceItemValue) {
				if inside >= int(h.elements[row].end) {
					t.Errorf("%s: %v has too few items", name, tg)
					break
				}
				compared += compare(t, name, h, inside+1, int(h.elements[inside].end), it.GetValue().([]*dicom.Element))
				inside = int(h.elements[inside].end)
			}
		}
		row = int(h.elements[row].end)
	}
	if row != to {
		t.Errorf("%s: %v has no counterpart", name, h.elements[row].tag)
	}
	return compared
}

// padded reports whether the texts differ only in the padding of single values,
// which the other reader removes.
func padded(e *dicom.Element, want, got string) bool {
	if e.RawValueRepresentation == "UN" {
		return true // it writes bytes of unknown meaning in hexadecimal
	}
	values := strings.Split(got, `\`)
	for i := range values {
		values[i] = strings.Trim(values[i], " \x00")
	}
	wants := strings.Split(want, `\`)
	for i := range wants {
		wants[i] = strings.Trim(wants[i], " \x00")
	}
	return strings.Join(values, `\`) == strings.Join(wants, `\`)
}
