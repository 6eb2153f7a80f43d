package overlay

import (
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/core/phantom"
	"github.com/raddeploy/raddeploy/examples/threshold/ct"
	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

// segmentationOf writes a binary segmentation of frames in which the pixels of
// the second slice's frame are set whose number is a multiple of three.
func segmentationOf(t *testing.T, slices []string, size int) string {
	t.Helper()
	var groups [][]*dicom.Element
	bits := make([]byte, (len(slices)*size*size+7)/8)
	for i, path := range slices {
		slice, err := ct.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		source := item(t, tag.ReferencedSOPInstanceUID, []string{slice.Text(tag.SOPInstanceUID)})
		derivation := item(t, tag.SourceImageSequence, [][]*dicom.Element{source})
		groups = append(groups, item(t, tag.DerivationImageSequence, [][]*dicom.Element{derivation}))
		for p := range size * size {
			if at := i*size*size + p; i == 1 && p%3 == 0 {
				bits[at/8] |= 1 << (at % 8)
			}
		}
	}
	var ds dicom.Dataset
	for _, e := range []struct {
		tag   tag.Tag
		value any
	}{
		{tag.MediaStorageSOPClassUID, []string{"1.2.840.10008.5.1.4.1.1.66.4"}},
		{tag.MediaStorageSOPInstanceUID, []string{"2.25.1"}},
		{tag.TransferSyntaxUID, []string{"1.2.840.10008.1.2.1"}},
		{tag.Rows, []int{size}},
		{tag.Columns, []int{size}},
		{tag.BitsAllocated, []int{1}},
		{tag.PerFrameFunctionalGroupsSequence, groups},
		{tag.PixelData, dicom.PixelDataInfo{IntentionallyUnprocessed: true, UnprocessedValueData: append(bits, make([]byte, len(bits)%2)...)}},
	} {
		ds.Elements = append(ds.Elements, item(t, e.tag, e.value)...)
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "segmentation.dcm"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := dicom.Write(f, ds); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

func item(t *testing.T, tg tag.Tag, value any) []*dicom.Element {
	t.Helper()
	e, err := dicom.NewElement(tg, value)
	if err != nil {
		t.Fatal(err)
	}
	return []*dicom.Element{e}
}

func ctSlices(t *testing.T, number, size int) []string {
	t.Helper()
	paths, err := phantom.Write(t.TempDir(), phantom.Options{Slices: number, Size: size})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// A frame of 17 x 17 pixels begins in the middle of a byte.
func TestWritePNG(t *testing.T) {
	const size = 17
	slices := ctSlices(t, 3, size)
	other := ctSlices(t, 2, size)
	path := filepath.Join(t.TempDir(), "overlay.png")
	files := []string{segmentationOf(t, other, size), segmentationOf(t, slices, size)}
	if err := WritePNG(path, slices[1], files); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if b := picture.Bounds(); b.Dx() != size || b.Dy() != size {
		t.Fatalf("picture of %v, want %d x %d", b, size, size)
	}
	for p := range size * size {
		c := color.RGBAModel.Convert(picture.At(p%size, p/size)).(color.RGBA)
		if marked := c.R != c.B; marked != (p%3 == 0) {
			t.Errorf("row %d, column %d is marked: %v", p/size, p%size, marked)
		}
	}
}

func TestWritePNGRefuses(t *testing.T) {
	slices, other := ctSlices(t, 2, 64), ctSlices(t, 2, 64)
	small := segmentationOf(t, slices, 16)
	good := segmentationOf(t, slices, 64)
	for name, test := range map[string]struct {
		ct   string
		from []string
	}{
		"segmentation of another size":   {slices[0], []string{small}},
		"segmentation of another series": {other[0], []string{good}},
		"not a segmentation":             {slices[0], []string{slices[0]}},
		"no segmentation":                {slices[0], nil},
		"a file that is not there":       {slices[0], []string{"missing.dcm"}},
		"no CT":                          {"missing.dcm", []string{good}},
	} {
		if err := WritePNG(filepath.Join(t.TempDir(), "x.png"), test.ct, test.from); err == nil {
			t.Errorf("%s: drawn all the same", name)
		}
	}
}
