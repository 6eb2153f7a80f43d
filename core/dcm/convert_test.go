package dcm

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// convert returns a data set in the other encoding.
func convert(t *testing.T, dataset []byte, from, to UID) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Convert(&out, bytes.NewReader(dataset), from, to); err != nil {
		t.Fatalf("%s to %s: %v", from, to, err)
	}
	return out.Bytes()
}

func TestConvertKeepsMeaning(t *testing.T) {
	const private Tag = 0x00091010
	b := newBuilder(layout{})
	b.bytes(0x00080000, vrUL, []byte{1, 2, 3, 4})
	b.text(Modality, vrCS, "CT")
	b.text(0x00090010, vrLO, "ACME")
	b.text(private, vrLO, "HEAD")
	b.measured(0x00081110, func() {
		b.text(0x00081155, vrUI, "1.2.3").sequence(0x00081115, func() { b.text(0x0020000E, vrUI, "1.2.4") })
	}, func() {})
	b.bytes(0x00280010, vrUS, []byte{0, 2})
	b.bytes(PixelRepresentation, vrUS, []byte{1, 0})
	b.bytes(0x00280106, vrSS, []byte{0xff, 0xff})
	b.sequence(0x00283000, func() { b.bytes(0x00283006, vrOW, []byte{1, 2, 3, 4}) })
	b.bytes(PixelData, vrOW, bytes.Repeat([]byte("pixels"), 100_000))
	b.text(0x7FE10010, vrLO, "ACME")
	explicit := b.b

	implicit := convert(t, explicit, ExplicitVRLittleEndian, ImplicitVRLittleEndian)
	again := convert(t, implicit, ImplicitVRLittleEndian, ExplicitVRLittleEndian)
	want := map[string][]string{
		"00080000":                          nil,
		"Modality":                          {"CT"},
		`0009,xx10,"ACME"`:                  {"HEAD"},
		"00081110.ReferencedSOPInstanceUID": {"1.2.3"},
		"00081110.00081115.0020000E":        {"1.2.4"},
		"Rows":                              {"512"},
		"SmallestImagePixelValue":           {"-1"},
		"00283000.LUTData":                  {`513\1027`},
		"PixelData":                         nil,
		"7FE10010":                          {"ACME"},
	}
	for name, got := range map[string]struct {
		data   []byte
		syntax UID
	}{"implicit": {implicit, ImplicitVRLittleEndian}, "and back": {again, ExplicitVRLittleEndian}} {
		h, err := Scanner{StopAt: ^Tag(0)}.Dataset(bytes.NewReader(got.data), got.syntax)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, textsOf(t, h, want)); diff != "" {
			t.Errorf("%s: texts (-want +got):\n%s", name, diff)
		}
		if !bytes.Contains(got.data, bytes.Repeat([]byte("pixels"), 100_000)) {
			t.Errorf("%s: the pixel data has changed", name)
		}
	}
	if twice := convert(t, convert(t, again, ExplicitVRLittleEndian, ImplicitVRLittleEndian), ImplicitVRLittleEndian, ExplicitVRLittleEndian); !bytes.Equal(twice, again) {
		t.Error("a second round trip changes the data set")
	}
}

func TestConvertLongTextBecomesUnknown(t *testing.T) {
	long := bytes.Repeat([]byte(`1.5\`), 20_000)
	implicit := newBuilder(layout{implicit: true}).text(Modality, vrCS, "CT").bytes(0x30060050, vrDS, long).b
	explicit := convert(t, implicit, ImplicitVRLittleEndian, ExplicitVRLittleEndian)
	want := newBuilder(layout{}).text(Modality, vrCS, "CT").bytes(0x30060050, vrUN, long).b
	if !bytes.Equal(explicit, want) {
		t.Error("a value too long for DS is not written as UN")
	}
	if back := convert(t, explicit, ExplicitVRLittleEndian, ImplicitVRLittleEndian); !bytes.Equal(back, implicit) {
		t.Error("a long value does not come back")
	}
}

// A big endian data set says the same in little endian, in words of each size.
func TestConvertFromBigEndian(t *testing.T) {
	value := []byte{0, 1, 2, 3, 4, 5, 6, 7}
	fill := func(b *builder, at2, at4, at8 []byte) []byte {
		b.text(Modality, vrCS, "CT").bytes(0x00081040, vrUN, value)
		b.measured(0x00081110, func() { b.bytes(0x00280010, vrUS, at2) })
		b.bytes(0x00280009, vrAT, at2).bytes(0x00189087, vrFD, at8).bytes(0x00189075, vrOB, value)
		b.bytes(0x00660016, vrOF, at4).bytes(0x00660040, vrOL, at4).bytes(0x7FE00009, vrOD, at8)
		return b.bytes(PixelData, vrOW, bytes.Repeat(at2, 10_000)).b
	}
	big := fill(newBuilder(layout{big: true}), value, value, value)
	little := fill(newBuilder(layout{}), []byte{1, 0, 3, 2, 5, 4, 7, 6}, []byte{3, 2, 1, 0, 7, 6, 5, 4}, []byte{7, 6, 5, 4, 3, 2, 1, 0})
	for _, to := range []UID{ExplicitVRLittleEndian, ImplicitVRLittleEndian} {
		got := convert(t, big, ExplicitVRBigEndian, to)
		want := convert(t, little, ExplicitVRLittleEndian, to) // without lengths
		if i := firstDifference(got, want); !bytes.Equal(got, want) {
			t.Errorf("to %s: %d bytes, want %d, the first difference at %d", to, len(got), len(want), i)
		}
	}
}

// GE's private syntax is implicit little endian, but for its pixels.
func TestConvertFromGEPrivate(t *testing.T) {
	ge := newBuilder(layout{implicit: true}).text(Modality, vrCS, "CT").bytes(0x00280010, vrUS, []byte{1, 2}).bytes(PixelData, vrOW, []byte{1, 2, 3, 4}).b
	want := newBuilder(layout{}).text(Modality, vrCS, "CT").bytes(0x00280010, vrUS, []byte{1, 2}).bytes(PixelData, vrOW, []byte{2, 1, 4, 3}).b
	if got := convert(t, ge, gePrivateImplicit, ExplicitVRLittleEndian); !bytes.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Some writers pad their data sets, and such objects are taken and sent as they
// are: they can be converted too.
func TestConvertLeavesStrayBytesOut(t *testing.T) {
	explicit := newBuilder(layout{}).text(Modality, vrCS, "CT").bytes(PixelData, vrOW, []byte{1, 2, 3, 4}).b
	want := convert(t, explicit, ExplicitVRLittleEndian, ImplicitVRLittleEndian)
	for _, stray := range []string{"\x00", "\x00\x00", "\x00\x00\x00\x00\x00\x00\x00"} {
		if got := convert(t, append(bytes.Clone(explicit), stray...), ExplicitVRLittleEndian, ImplicitVRLittleEndian); !bytes.Equal(got, want) {
			t.Errorf("with %d stray bytes it comes out as %q", len(stray), got)
		}
	}
}

func TestConvertPadsOddValues(t *testing.T) {
	odd := newBuilder(layout{}).bytes(SOPInstanceUID, vrUI, []byte("1.2.3")).bytes(Modality, vrCS, []byte("SEG")).bytes(0x00091010, vrOB, []byte{1, 2, 3}).b
	got := convert(t, odd, ExplicitVRLittleEndian, ImplicitVRLittleEndian)
	want := newBuilder(layout{implicit: true}).bytes(SOPInstanceUID, vrUI, []byte("1.2.3\x00")).bytes(Modality, vrCS, []byte("SEG "))
	if want := want.bytes(0x00091010, vrOB, []byte{1, 2, 3, 0}).b; !bytes.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// In implicit encoding, what the dictionary has as a sequence is read as one, whatever
// it stood as before: so it is one, or it is not converted.
func TestConvertMakesASequenceOfUnknownValues(t *testing.T) {
	for _, enc := range []layout{{}, {big: true}} {
		inside := newBuilder(layout{implicit: true})
		inside.measured(0x00081110, func() { inside.text(0x00081155, vrUI, "1.2.3") })
		b := newBuilder(enc).text(Modality, vrCS, "CT").bytes(0x00081110, vrUN, inside.b[8:]).text(0x00100010, vrPN, "A^B")
		from := map[bool]UID{false: ExplicitVRLittleEndian, true: ExplicitVRBigEndian}[enc.big]
		implicit := convert(t, b.b, from, ImplicitVRLittleEndian)
		again := convert(t, implicit, ImplicitVRLittleEndian, ExplicitVRLittleEndian)
		path, err := ParsePath("ReferencedStudySequence.ReferencedSOPInstanceUID")
		if err != nil {
			t.Fatal(err)
		}
		for syntax, data := range map[UID][]byte{ImplicitVRLittleEndian: implicit, ExplicitVRLittleEndian: again} {
			h, err := ScanDataset(bytes.NewReader(data), syntax)
			if got := h.Texts(path); err != nil || len(got) != 1 || got[0] != "1.2.3" {
				t.Errorf("%s to %s: %q, %v", from, syntax, got, err)
			}
		}
		for _, v := range []vr{vrLO, vrOB} {
			wrong := newBuilder(enc).text(Modality, vrCS, "CT").bytes(0x00081110, v, []byte("wrong!"))
			if err := Convert(io.Discard, bytes.NewReader(wrong.b), from, ImplicitVRLittleEndian); !errors.Is(err, ErrMalformed) {
				t.Errorf("a sequence that stands as %v is converted: %v", v, err)
			}
			convert(t, newBuilder(enc).bytes(0x00081110, v, nil).text(0x00100010, vrPN, "A^B").b, from, ImplicitVRLittleEndian) // nothing is lost
		}
	}
}

func TestConvertRefuses(t *testing.T) {
	good := newBuilder(layout{}).text(Modality, vrCS, "CT").b
	tests := []struct {
		name     string
		from, to UID
		data     []byte
		want     error
	}{
		{"cut value", ExplicitVRLittleEndian, ImplicitVRLittleEndian, newBuilder(layout{}).head(PixelData, vrOW, 100).b, io.ErrUnexpectedEOF},
		{"cut tag", ExplicitVRLittleEndian, ImplicitVRLittleEndian, append(bytes.Clone(good), "\xfc\xff\xfc\xffO"...), io.ErrUnexpectedEOF},
		{"encapsulated", ExplicitVRLittleEndian, ImplicitVRLittleEndian, newBuilder(layout{}).head(PixelData, vrOB, undefined).b, ErrMalformed},
		{"too deep", ImplicitVRLittleEndian, ExplicitVRLittleEndian,
			bytes.Repeat(newBuilder(layout{implicit: true}).head(0x00081110, vrSQ, undefined).head(item, vrNone, undefined).b, 65), ErrMalformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := Convert(io.Discard, bytes.NewReader(test.data), test.from, test.to); !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
	for _, syntax := range []UID{ExplicitVRBigEndian, gePrivateImplicit, "1.2.840.10008.1.2.4.90", DeflatedExplicitVRLittleEndian} {
		if err := Convert(io.Discard, bytes.NewReader(good), ExplicitVRLittleEndian, syntax); err == nil {
			t.Errorf("converted to %s", syntax)
		}
	}
}

// TestConvertAgreesWithDCMTK converts real files with dcmconv too and compares
// the data sets byte for byte.
func TestConvertAgreesWithDCMTK(t *testing.T) {
	if _, err := exec.LookPath("dcmconv"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("dcmtk is not installed")
	}
	options := map[UID]string{ImplicitVRLittleEndian: "+ti", ExplicitVRLittleEndian: "+te"}
	compared := 0
	for _, path := range corpus(t) {
		name := filepath.Base(path)
		for to, option := range options {
			theirs := filepath.Join(t.TempDir(), name)
			if err := exec.Command("dcmconv", option, "-e", "-g", path, theirs).Run(); err != nil {
				continue
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			h := scanPath(t, path)
			if !Convertible(h.TransferSyntax, to) || h.TransferSyntax == to {
				continue
			}
			converted, err := os.ReadFile(theirs)
			if err != nil {
				t.Fatal(err)
			}
			want := converted[scanPath(t, theirs).DatasetOffset:]
			if got := convert(t, data[h.DatasetOffset:], h.TransferSyntax, to); !bytes.Equal(got, want) {
				t.Errorf("%s to %s: %d bytes, dcmconv writes %d, the first difference at %d", name, to, len(got), len(want), firstDifference(got, want))
			}
			compared++
		}
	}
	if compared < 15 {
		t.Errorf("only %d conversions were compared", compared)
	}
}

func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// What is of unknown representation stays as it is, as in dcmconv's conversion.
func TestUnknownValuesAreNotTurned(t *testing.T) {
	big, little := layout{big: true}, layout{}
	with := func(enc layout) []byte {
		return newBuilder(enc).text(Modality, vrCS, "CT").text(0x00090010, vrLO, "ACME").
			bytes(0x00091001, vrUN, []byte{1, 2, 3, 4}).bytes(0x00280010, vrUN, []byte{0, 16}).b
	}
	if got, want := convert(t, with(big), ExplicitVRBigEndian, ExplicitVRLittleEndian), with(little); !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
}
