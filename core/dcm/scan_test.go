package dcm

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// nested is a data set with everything that the scanner has to get past before
// it reaches a last element.
func nested(enc layout) []byte {
	b := newBuilder(enc)
	b.text(Modality, vrCS, "CT")
	b.sequence(0x00081110, func() { b.text(0x00081155, vrUI, "1.2.3") }, func() { b.text(0x00081155, vrUI, "1.2.4") })
	b.measured(0x00081111, func() { b.text(0x00081155, vrUI, "1.2.5") }, func() {})
	b.bytes(0x00082112, vrSQ, nil)
	// implicit little endian inside, whatever is around it (CP-246)
	b.head(0x00091010, vrUN, undefined)
	outer := b.enc
	b.enc = layout{implicit: true}
	b.head(item, vrNone, undefined).text(Modality, vrCS, "MR").head(itemDelimitation, vrNone, 0)
	b.head(sequenceDelimitation, vrNone, 0)
	b.enc = outer
	b.sequence(0x00880200, func() {
		b.head(PixelData, vrOB, undefined)
		if enc.implicit {
			b.head(item, vrNone, 0)
		} else {
			b.bytes(item, vrNone, make([]byte, 100))
		}
		b.head(sequenceDelimitation, vrNone, 0)
		b.text(Modality, vrCS, "PT")
	})
	b.bytes(0x00091020, vrOB, make([]byte, MaxValue+1))
	b.text(PatientID, vrLO, "last")
	b.bytes(PixelData, vrOW, make([]byte, 9))
	b.text(0x7FE10010, vrLO, "after the pixel data")
	return b.b
}

func TestScanGoesPastEverything(t *testing.T) {
	tests := []struct {
		name   string
		syntax UID
		enc    layout
	}{
		{"explicit", ExplicitVRLittleEndian, layout{}},
		{"implicit", ImplicitVRLittleEndian, layout{implicit: true}},
		{"big endian", ExplicitVRBigEndian, layout{big: true}},
		{"explicit declared implicit", ImplicitVRLittleEndian, layout{}},
		{"implicit declared explicit", "1.2.840.10008.1.2.4.90", layout{implicit: true}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			readers := map[string]io.Reader{
				"at once":       bytes.NewReader(nested(test.enc)),
				"byte by byte":  iotest.OneByteReader(bytes.NewReader(nested(test.enc))),
				"end with data": iotest.DataErrReader(bytes.NewReader(nested(test.enc))),
			}
			for name, r := range readers {
				h, err := ScanDataset(r, test.syntax)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				want := map[string][]string{
					"Modality":                          {"CT"},
					"00081110.ReferencedSOPInstanceUID": {"1.2.3", "1.2.4"},
					"00081111.ReferencedSOPInstanceUID": {"1.2.5"},
					"00091010.Modality":                 {"MR"},
					"IconImageSequence.Modality":        {"PT"},
					"00091020":                          nil,
					"00081110":                          nil,
					"PatientID":                         {"last"},
					"PixelData":                         nil,
					"7FE10010":                          nil,
					"TransferSyntaxUID":                 {string(test.syntax)},
				}
				if diff := cmp.Diff(want, textsOf(t, h, want)); diff != "" {
					t.Errorf("%s: texts (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

// textsOf asks the header for the same paths.
func textsOf(t *testing.T, h *Header, paths map[string][]string) map[string][]string {
	t.Helper()
	got := map[string][]string{}
	for text := range paths {
		p, err := ParsePath(text)
		if err != nil {
			t.Fatal(err)
		}
		got[text] = h.Texts(p)
	}
	return got
}

func TestScanInflates(t *testing.T) {
	var deflated bytes.Buffer
	w, _ := flate.NewWriter(&deflated, flate.BestCompression)
	w.Write(nested(layout{}))
	w.Close()
	h, err := ScanDataset(&deflated, DeflatedExplicitVRLittleEndian)
	if err != nil {
		t.Fatal(err)
	}
	if id, _ := h.Text(PatientID); id != "last" {
		t.Errorf("last element %q", id)
	}
}

func TestScanStopsAtTag(t *testing.T) {
	h, err := Scanner{StopAt: 0x00081111}.Dataset(bytes.NewReader(nested(layout{})), ExplicitVRLittleEndian)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := h.Text(PatientID); ok {
		t.Error("an element behind the stop tag was scanned")
	}
	if got := h.Texts(mustPath(t, "00081110.00081155")); len(got) != 2 {
		t.Errorf("before the stop tag: %q", got)
	}
}

func mustPath(t *testing.T, s string) Path {
	t.Helper()
	p, err := ParsePath(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestScanFaults has a good element first: it must be there whatever follows.
func TestScanFaults(t *testing.T) {
	deep := func(levels int) func(b *builder) {
		return func(b *builder) {
			for range levels {
				b.head(0x00081110, vrSQ, undefined).head(item, vrNone, undefined)
			}
			for range levels {
				b.head(itemDelimitation, vrNone, 0).head(sequenceDelimitation, vrNone, 0)
			}
		}
	}
	tests := []struct {
		name  string
		write func(b *builder)
		want  error
	}{
		{"64 sequences deep", deep(64), nil},
		{"65 sequences deep", deep(65), ErrMalformed},
		{"value cut", func(b *builder) { b.head(PatientID, vrLO, 10).b = append(b.b, "short"...) }, io.ErrUnexpectedEOF},
		{"length cut", func(b *builder) { b.head(0x00091010, vrOB, 10); b.b = b.b[:len(b.b)-2] }, io.ErrUnexpectedEOF},
		{"stray byte", func(b *builder) { b.b = append(b.b, 0) }, nil},
		{"stray bytes", func(b *builder) { b.b = append(b.b, "\xFFpadded"[:7]...) }, nil},
		{"element cut after its tag", func(b *builder) { b.u16(0x0010); b.u16(0x0020) }, io.ErrUnexpectedEOF},
		{"item cut", func(b *builder) { b.head(0x00081110, vrSQ, undefined); b.u16(0xFFFE) }, io.ErrUnexpectedEOF},
		{"long value cut", func(b *builder) { b.head(0x00091010, vrOB, 0xFFFFFFF0).b = append(b.b, "short"...) }, io.ErrUnexpectedEOF},
		{"long text cut", func(b *builder) { b.head(0x00104000, vrUT, MaxValue) }, io.ErrUnexpectedEOF},
		{"sequence without its delimiter", func(b *builder) { b.head(0x00081110, vrSQ, undefined) }, io.ErrUnexpectedEOF},
		{"undefined length of text", func(b *builder) { b.head(0x00104000, vrUT, undefined) }, ErrMalformed},
		{"element among items", func(b *builder) { b.head(0x00081110, vrSQ, undefined).text(PatientID, vrLO, "X") }, ErrMalformed},
		{"item outside of a sequence", func(b *builder) { b.head(item, vrNone, 0) }, ErrMalformed},
		{"item longer than its sequence", func(b *builder) { b.head(0x00081110, vrSQ, 20).head(item, vrNone, 100) }, ErrMalformed},
		{"element longer than its item", func(b *builder) {
			b.head(0x00081110, vrSQ, 20).head(item, vrNone, 12).head(PatientID, vrLO, 50)
		}, ErrMalformed},
		{"fragment of undefined length", func(b *builder) { b.head(0x00091010, vrOB, undefined).head(item, vrNone, undefined) }, ErrMalformed},
		{"element among fragments", func(b *builder) { b.head(0x00091010, vrOB, undefined).text(PatientID, vrLO, "X") }, ErrMalformed},
		{"stray delimiters", func(b *builder) { b.head(itemDelimitation, vrNone, 0).head(sequenceDelimitation, vrNone, 0) }, nil},
		{"unused tag of the delimiters' group", func(b *builder) { b.head(0xFFFE1234, vrNone, 0) }, ErrMalformed},
		{"header too long", func(b *builder) {
			for range MaxHeader/MaxValue + 1 {
				b.bytes(0x00091010, vrOB, make([]byte, MaxValue))
			}
		}, ErrHeaderTooLong},
		{"too many elements", func(b *builder) {
			b.b = append(b.b, bytes.Repeat([]byte("\x09\x00\x10\x10LO\x00\x00"), maxElements)...)
		}, ErrHeaderTooLong},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBuilder(layout{}).text(Modality, vrCS, "CT")
			test.write(b)
			h, err := ScanDataset(bytes.NewReader(b.b), ExplicitVRLittleEndian)
			if !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
			if modality, _ := h.Text(Modality); modality != "CT" {
				t.Errorf("the element before the fault is lost: %q", modality)
			}
			if cap(h.buf) > 4*len(b.b)+4*firstWindow {
				t.Errorf("%d bytes allocated for %d bytes sent", cap(h.buf), len(b.b))
			}
		})
	}
}

func TestScanReportsTheReadersError(t *testing.T) {
	broken := errors.New("connection lost")
	r := io.MultiReader(bytes.NewReader(newBuilder(layout{}).text(Modality, vrCS, "CT").head(PatientID, vrLO, 10).b), iotest.ErrReader(broken))
	h, err := ScanDataset(r, ExplicitVRLittleEndian)
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want the reader's", err)
	}
	if modality, _ := h.Text(Modality); modality != "CT" {
		t.Errorf("the element before the fault is lost: %q", modality)
	}
}

func TestScanGivesUpOnAReaderThatGivesNothing(t *testing.T) {
	if _, err := ScanDataset(iotest.ErrReader(nil), ExplicitVRLittleEndian); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("error %v, want %v", err, io.ErrNoProgress)
	}
}

// TestScanLeavesOutLongSequence has contours of many megabytes, after which a
// trigger still finds its element.
func TestScanLeavesOutLongSequence(t *testing.T) {
	b := newBuilder(layout{}).text(Modality, vrCS, "RTSTRUCT")
	b.sequence(0x30060039, func() {
		b.sequence(0x30060040, func() {
			for range 1000 {
				b.text(0x30060050, vrDS, strings.Repeat(`-12.5\`, 2000))
			}
		})
	})
	b.sequence(0x30060080, func() { b.text(0x300600A4, vrCS, "PTV") })
	b.text(0x300E0002, vrCS, "APPROVED")
	h, err := ScanDataset(bytes.NewReader(b.b), ExplicitVRLittleEndian)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"Modality":       {"RTSTRUCT"},
		"ApprovalStatus": {"APPROVED"},
		"RTROIObservationsSequence.RTROIInterpretedType": {"PTV"},
		"ROIContourSequence.ContourSequence.ContourData": nil,
	}
	if diff := cmp.Diff(want, textsOf(t, h, want)); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Tag{0x30060039}, h.Omitted); diff != "" {
		t.Errorf("omitted (-want +got):\n%s", diff)
	}
	if h.Consumed != int64(len(b.b)) || cap(h.buf) > 3*MaxHeader {
		t.Errorf("consumed %d of %d bytes in a buffer of %d", h.Consumed, len(b.b), cap(h.buf))
	}
}

func TestScanStopsInflatingABomb(t *testing.T) {
	var deflated bytes.Buffer
	w, _ := flate.NewWriter(&deflated, flate.BestSpeed)
	w.Write(newBuilder(layout{}).text(Modality, vrCS, "CT").head(0x00091010, vrOB, 0xFFFFFFF0).b)
	for range 2 * maxInflated >> 20 {
		w.Write(make([]byte, 1<<20))
	}
	w.Close()
	h, err := ScanDataset(&deflated, DeflatedExplicitVRLittleEndian)
	if !errors.Is(err, ErrHeaderTooLong) {
		t.Errorf("error %v, want %v", err, ErrHeaderTooLong)
	}
	if modality, _ := h.Text(Modality); modality != "CT" {
		t.Errorf("the element before the bomb is lost: %q", modality)
	}
}
