package dcm

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// Every cut behind the header is found, wherever it is, and whole data sets
// have none.
func TestCheckEnd(t *testing.T) {
	explicit, implicit, big := layout{}, layout{implicit: true}, layout{big: true}
	native := func(enc layout) []byte {
		return newBuilder(enc).text(Modality, vrCS, "CT").bytes(PixelData, vrOW, make([]byte, 50)).bytes(0xFFFCFFFC, vrOB, make([]byte, 6)).b
	}
	encapsulated := newBuilder(explicit).text(Modality, vrCS, "CT").head(PixelData, vrOB, undefined).
		bytes(item, vrNone, nil).bytes(item, vrNone, make([]byte, 20)).bytes(item, vrNone, make([]byte, 30)).head(sequenceDelimitation, vrNone, 0).b
	for _, test := range []struct {
		name   string
		syntax UID
		whole  []byte
		end    int // of the pixel data, behind which a cut may fall between two elements
	}{
		{"explicit", ExplicitVRLittleEndian, native(explicit), 10 + 12 + 50},
		{"implicit", ImplicitVRLittleEndian, native(implicit), 10 + 8 + 50},
		{"big endian", ExplicitVRBigEndian, native(big), 10 + 12 + 50},
		{"implicit, declared explicit", ExplicitVRLittleEndian, native(implicit), 10 + 8 + 50},
		{"encapsulated", "1.2.840.10008.1.2.4.70", encapsulated, len(encapsulated)},
	} {
		t.Run(test.name, func(t *testing.T) {
			for size := 11; size <= len(test.whole); size++ {
				part := test.whole[:size]
				h, err := ScanDataset(bytes.NewReader(part), test.syntax)
				if err == nil {
					err = h.CheckEnd(bytes.NewReader(part), int64(size))
				}
				// up to three bytes are no tag: they may as well be padding
				stray := size < 10+4 || size > test.end && size < test.end+4
				whole := size == len(test.whole) || size == test.end || stray
				if whole && err != nil || !whole && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("%d of %d bytes: %v", size, len(test.whole), err)
				}
			}
		})
	}
}

// A peer decides how many frames there are, and they cost no memory.
func TestCheckEndAllocatesTheSameForAnyNumberOfFrames(t *testing.T) {
	allocations := func(frames int) float64 {
		b := newBuilder(layout{}).text(Modality, vrCS, "CT").head(PixelData, vrOB, undefined)
		for range frames {
			b.bytes(item, vrNone, make([]byte, 20))
		}
		data := b.head(sequenceDelimitation, vrNone, 0).b
		h, err := ScanDataset(bytes.NewReader(data), "1.2.840.10008.1.2.4.70")
		if err != nil {
			t.Fatal(err)
		}
		r := bytes.NewReader(data)
		return testing.AllocsPerRun(10, func() {
			if err := h.CheckEnd(r, int64(len(data))); err != nil {
				t.Fatal(err)
			}
		})
	}
	if one, many := allocations(1), allocations(1000); one != many {
		t.Errorf("%v allocations for one frame, %v for a thousand", one, many)
	}
}

func TestCheckEndOfRealFiles(t *testing.T) {
	for _, path := range corpus(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		h, err := ScanFile(bytes.NewReader(data))
		if err != nil {
			continue
		}
		if err := h.CheckEnd(bytes.NewReader(data), int64(len(data))); err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
}

// Whatever up to seven bytes a writer leaves after the last element, with or
// without pixel data, the data set is whole, and its header is read to its end.
func TestStrayBytesAreNoCut(t *testing.T) {
	for _, enc := range []layout{{}, {implicit: true}, {big: true}} {
		syntax := map[layout]UID{{}: ExplicitVRLittleEndian, {implicit: true}: ImplicitVRLittleEndian, {big: true}: ExplicitVRBigEndian}[enc]
		text := newBuilder(enc).text(Modality, vrCS, "CT").b
		image := newBuilder(enc).text(Modality, vrCS, "CT").bytes(PixelData, vrOW, make([]byte, 50)).b
		for _, stray := range []string{"\x00", "\x00\x00\x00\x00\x00\x00\x00", "\xFF\xFF\xFF\xFF\xFF", " ", "\x08\x00\x60\x00CS"} {
			for name, whole := range map[string][]byte{"header": text, "image": image} {
				data := append(bytes.Clone(whole), stray...)
				h, err := ScanDataset(bytes.NewReader(data), syntax)
				if err == nil {
					err = h.CheckEnd(bytes.NewReader(data), int64(len(data)))
				}
				if modality, _ := h.Text(Modality); err != nil || modality != "CT" {
					t.Errorf("%s of %s with %q after it: %v, modality %q", name, syntax, stray, err, modality)
				}
			}
		}
	}
}

// A cut within the tag and length of a private element is one.
func TestCutsWithinPrivateElements(t *testing.T) {
	for _, enc := range []layout{{}, {implicit: true}, {big: true}} {
		syntax := map[layout]UID{{}: ExplicitVRLittleEndian, {implicit: true}: ImplicitVRLittleEndian, {big: true}: ExplicitVRBigEndian}[enc]
		header := func() *builder { return newBuilder(enc).text(Modality, vrCS, "CT") }
		image := func() *builder { return header().bytes(PixelData, vrOW, make([]byte, 50)) }
		for _, test := range []struct {
			name   string
			before *builder
			cut    Tag
			whole  bool
		}{
			{"a creator", header(), 0x00090010, false},
			{"an element of a block", header().text(0x00090010, vrLO, "ACME"), 0x00091001, false},
			{"an element of another block", header().text(0x00090010, vrLO, "ACME"), 0x00091101, true},
			{"an element of another group", header().text(0x00090010, vrLO, "ACME"), 0x000B1001, true},
			{"a creator after pixel data", image(), 0x7FE10010, false},
			{"an element after pixel data", image().text(0x7FE10010, vrLO, "ACME"), 0x7FE11001, false},
			{"a group's length", header(), 0x7FE00000, false},
			{"line ends", header(), 0x0A0D0A0D, true},
			{"letters", header(), 0x62616463, true},
			{"no group of anybody's", header(), 0xFFFF0010, true},
		} {
			whole := newBuilder(enc).text(test.cut, vrLO, "value").b
			for n := 4; n < 8; n++ {
				data := append(bytes.Clone(test.before.b), whole[:n]...)
				h, err := ScanDataset(bytes.NewReader(data), syntax)
				if err == nil {
					err = h.CheckEnd(bytes.NewReader(data), int64(len(data)))
				}
				if (err == nil) != test.whole {
					t.Errorf("%s, %s, %d bytes: %v, want whole %v", syntax, test.name, n, err, test.whole)
				}
				if test.whole || syntax == ImplicitVRLittleEndian {
					continue
				}
				if err := Convert(io.Discard, bytes.NewReader(data), syntax, ImplicitVRLittleEndian); err == nil {
					t.Errorf("%s, %s, %d bytes: it is converted", syntax, test.name, n)
				}
			}
		}
	}
}

// What follows the header and makes no sense is let pass: only a cut is looked for.
func TestCheckEndLeavesTheRest(t *testing.T) {
	header := newBuilder(layout{}).text(Modality, vrCS, "CT")
	for name, data := range map[string][]byte{
		"no pixel data":      header.b,
		"a delimiter":        append(newBuilder(layout{}).text(Modality, vrCS, "CT").bytes(PixelData, vrOW, nil).b, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0, 1),
		"no fragments":       newBuilder(layout{}).text(Modality, vrCS, "CT").head(PixelData, vrOB, undefined).text(Modality, vrCS, "CT").b,
		"padding with zeros": append(newBuilder(layout{}).text(Modality, vrCS, "CT").bytes(PixelData, vrOW, nil).b, make([]byte, 20)...),
	} {
		h, err := ScanDataset(bytes.NewReader(data), ExplicitVRLittleEndian)
		if err == nil {
			err = h.CheckEnd(bytes.NewReader(data), int64(len(data)))
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
