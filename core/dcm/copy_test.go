package dcm

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"testing"
)

// What a receiver keeps is what was sent, to the last stray byte, and what it
// refuses says why.
func TestCopyDataset(t *testing.T) {
	image := newBuilder(layout{}).text(Modality, vrCS, "CT").bytes(PixelData, vrOW, make([]byte, 50)).b
	cut := deflate(t, image[:60])
	for _, test := range []struct {
		name   string
		syntax UID
		sent   []byte
		want   string // of the refusal
	}{
		{"whole", ExplicitVRLittleEndian, image, ""},
		{"a pad byte after it", ExplicitVRLittleEndian, append(bytes.Clone(image), 0), ""},
		{"pixel data alone", ExplicitVRLittleEndian, newBuilder(layout{}).bytes(PixelData, vrOW, make([]byte, 50)).b, ""},
		{"a length that is none", ExplicitVRLittleEndian, newBuilder(layout{}).text(Modality, vrCS, "CT").head(PatientID, vrLO, 0).head(0xFFFE1234, vrNone, 0).b, ""},
		{"deflated", DeflatedExplicitVRLittleEndian, deflate(t, image), ""},
		{"empty", ExplicitVRLittleEndian, nil, "its data set is empty"},
		{"padding alone", ImplicitVRLittleEndian, []byte{0, 0}, "its data set is empty"},
		{"nothing, deflated", DeflatedExplicitVRLittleEndian, deflate(t, nil), "its data set is empty"},
		{"nothing, deflated at length", DeflatedExplicitVRLittleEndian, []byte("\x00\x00\x00\xff\xff\x00\x00\x00\xff\xff\x03\x00"), "its data set is empty"},
		{"nothing, deflated for JPIP", jpipDeflated, []byte("\x00\x00\x00\xff\xff\x00\x00\x00\xff\xff\x03\x00"), "its data set is empty"},
		{"zeros alone", ImplicitVRLittleEndian, make([]byte, 20), "its data set is empty"},
		{"a group's length alone", ImplicitVRLittleEndian, []byte("\x08\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00"), "its data set is empty"},
		{"stray bytes alone", ExplicitVRLittleEndian, bytes.Repeat([]byte{0xFF}, 20), "its data set is empty"},
		{"stray bytes at length", ExplicitVRLittleEndian, append(bytes.Clone(image), bytes.Repeat([]byte{0xFF}, 20)...), ""},
		{"stray bytes at length, deflated with it", DeflatedExplicitVRLittleEndian, deflate(t, append(bytes.Clone(image), bytes.Repeat([]byte{0xFF}, 20)...)), ""},
		{"cut, deflated for JPIP", jpipDeflated, cut, fmt.Sprintf("its data set ends within an element, at byte %d", len(cut))},
		{"cut, declared as deflated", DeflatedExplicitVRLittleEndian, image[:60], "its data set ends within an element, at byte 60"},
		{"whole, declared as deflated", DeflatedExplicitVRLittleEndian, image, ""},
		{"cut in the pixels", ExplicitVRLittleEndian, image[:60], "its data set ends within an element, at byte 60"},
		{"cut in the header", ExplicitVRLittleEndian, image[:9], "its data set ends within an element, at byte 9"},
		{"cut in the pixels, deflated", DeflatedExplicitVRLittleEndian, cut, fmt.Sprintf("its data set ends within an element, at byte %d", len(cut))},
		{"a pad byte after it, deflated", DeflatedExplicitVRLittleEndian, append(deflate(t, image), 0), ""},
		{"cut, deflated", DeflatedExplicitVRLittleEndian, deflate(t, image)[:9], "its data set ends within an element, at byte 9"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var kept buffer
			_, err := CopyDataset(&kept, bytes.NewReader(test.sent), test.syntax, &kept)
			var notWhole *NotWholeError
			switch {
			case test.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.want != "" && (!errors.As(err, &notWhole) || err.Error() != test.want):
				t.Errorf("error %v, want %s", err, test.want)
			}
			if !bytes.Equal(kept.b, test.sent) {
				t.Errorf("kept % x, sent % x", kept.b, test.sent)
			}
		})
	}
}

// A disk that fails while the header is read fails the copy.
func TestCopyDatasetToABrokenDisk(t *testing.T) {
	broken := errors.New("broken")
	data := newBuilder(layout{}).text(Modality, vrCS, "CT").b
	if _, err := CopyDataset(failing{broken}, bytes.NewReader(data), ExplicitVRLittleEndian, bytes.NewReader(nil)); !errors.Is(err, broken) {
		t.Errorf("error %v, want that of the disk", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// buffer is a file in memory.
type buffer struct{ b []byte }

func (f *buffer) Write(p []byte) (int, error) { f.b = append(f.b, p...); return len(p), nil }
func (f *buffer) ReadAt(p []byte, offset int64) (int, error) {
	return bytes.NewReader(f.b).ReadAt(p, offset)
}

func deflate(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
