package ct

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/core/phantom"
	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

// change makes one slice with some elements replaced, or removed by nil.
func change(t *testing.T, changes map[tag.Tag]any) string {
	t.Helper()
	paths, err := phantom.Write(t.TempDir(), phantom.Options{Slices: 1, Size: 16})
	if err != nil {
		t.Fatal(err)
	}
	ds, err := dicom.ParseFile(paths[0], nil, dicom.SkipProcessingPixelDataValue())
	if err != nil {
		t.Fatal(err)
	}
	var list []*dicom.Element
	for _, e := range ds.Elements {
		if value, ok := changes[e.Tag]; ok {
			if value == nil {
				continue
			}
			if e, err = dicom.NewElement(e.Tag, value); err != nil {
				t.Fatal(err)
			}
		}
		list = append(list, e)
	}
	path := filepath.Join(t.TempDir(), "changed.dcm")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := dicom.Write(f, dicom.Dataset{Elements: list}); err != nil {
		t.Fatal(err)
	}
	return path
}

func pixels(b []byte) dicom.PixelDataInfo {
	return dicom.PixelDataInfo{IntentionallyUnprocessed: true, UnprocessedValueData: b}
}

func TestHounsfield(t *testing.T) {
	first := func(lo, hi byte) []byte { return append([]byte{lo, hi}, make([]byte, 2*16*16-2)...) }
	tests := []struct {
		name    string
		changes map[tag.Tag]any
		want    float64
	}{
		{"unsigned", map[tag.Tag]any{tag.PixelData: pixels(first(0x00, 0x08))}, 2048 - 1024},
		{"bits above the stored ones", map[tag.Tag]any{tag.PixelData: pixels(first(0x00, 0xF8))}, 2048 - 1024},
		{"signed", map[tag.Tag]any{
			tag.PixelData: pixels(first(0x18, 0xFC)), tag.PixelRepresentation: []int{1}, tag.BitsStored: []int{16}, tag.HighBit: []int{15},
			tag.RescaleIntercept: []string{"0"},
		}, -1000},
		{"signed in 12 bits", map[tag.Tag]any{
			tag.PixelData: pixels(first(0xFF, 0x0F)), tag.PixelRepresentation: []int{1}, tag.RescaleIntercept: []string{"0"},
		}, -1},
		{"slope", map[tag.Tag]any{tag.PixelData: pixels(first(10, 0)), tag.RescaleSlope: []string{"0.5"}}, 5 - 1024},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, err := Read(change(t, test.changes))
			if err != nil {
				t.Fatal(err)
			}
			if got := m.Hounsfield(0); got != test.want {
				t.Errorf("%v HU, want %v", got, test.want)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	tests := []struct {
		name    string
		changes map[tag.Tag]any
		notCT   bool
	}{
		{"another kind of object", map[tag.Tag]any{tag.SOPClassUID: []string{"1.2.840.10008.5.1.4.1.1.4"}}, true},
		{"no pixel data", map[tag.Tag]any{tag.PixelData: nil}, false},
		{"too few pixels", map[tag.Tag]any{tag.PixelData: pixels(make([]byte, 100))}, false},
		{"eight bits", map[tag.Tag]any{tag.BitsAllocated: []int{8}}, false},
		{"no unit", map[tag.Tag]any{tag.RescaleIntercept: nil}, false},
		{"slope of zero", map[tag.Tag]any{tag.RescaleSlope: []string{"0"}}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := Read(change(t, test.changes)); err == nil || errors.Is(err, ErrNotCT) != test.notCT {
				t.Errorf("error %v", err)
			}
		})
	}
}
