package picture

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
)

func described(t *testing.T, objects ...dataset) (all []*Object) {
	t.Helper()
	for i, d := range objects {
		o, err := Describe(bytes.NewReader(d.file()))
		if err != nil {
			t.Fatal(err)
		}
		o.File = fmt.Sprint(i)
		all = append(all, &o)
	}
	return all
}

func numbers(s *Series) (all string) {
	for _, slice := range s.Slices {
		all += fmt.Sprintf("%d.%d ", slice.Object.Number, slice.Frame)
	}
	return all
}

// Slices stand in the order in which they lie in the patient, whatever they are
// called; what does not say where it lies by its number.
func TestSeriesOf(t *testing.T) {
	sagittal := dataset{tagOrientation: `0\1\0\0\0\-1`}
	for _, test := range []struct {
		name    string
		objects []dataset
		want    string
	}{
		{"by place", []dataset{slice(1, 9), slice(2, 3), slice(3, 6)}, "2.0 3.0 1.0 "},
		{"sagittal", []dataset{
			slice(1, 0).with(sagittal).with(dataset{tagPosition: `4\0\0`}), slice(2, 0).with(sagittal).with(dataset{tagPosition: `-4\0\0`}),
		}, "1.0 2.0 "},
		{"one without a place", []dataset{slice(3, 3), slice(1, 9), slice(2, 6).with(dataset{tagPosition: nil})}, "1.0 2.0 3.0 "},
		{"one turned otherwise", []dataset{slice(3, 3), slice(1, 9), slice(2, 6).with(sagittal)}, "1.0 2.0 3.0 "},
		{"frames", []dataset{slice(2, 3).with(dataset{tagNumberOfFrames: "3"})}, "2.0 2.1 2.2 "},
		{"without pixels", []dataset{slice(1, 3), slice(2, 6).with(dataset{tagRows: nil})}, "1.0 "},
		{"no frames", []dataset{slice(1, 3), slice(2, 6).with(dataset{tagNumberOfFrames: "0"}), slice(3, 6).with(dataset{tagNumberOfFrames: "-5"})}, "1.0 "},
	} {
		all, homeless := SeriesOf(described(t, test.objects...))
		if len(all) != 1 || len(homeless) != 0 || numbers(all[0]) != test.want {
			t.Errorf("%s: %d series, %d homeless, the first %s, want %s", test.name, len(all), len(homeless), numbers(all[0]), test.want)
		}
	}
	many := described(t, slice(1, 3).with(dataset{tagNumberOfFrames: "2000000000"}))
	if all, _ := SeriesOf(many); len(all[0].Slices) != mostFrames {
		t.Errorf("%d slices of an object that claims two billion", len(all[0].Slices))
	}
}

// What is drawn over images belongs to the series that it refers to; what a model
// wrote stands apart from what it was given.
func TestOverlays(t *testing.T) {
	seg := segmentation(nil, nil).with(dataset{dcm.PixelData: nil})
	seg[tagSegments] = []dataset{{tagSegmentNumber: 1, tagSegmentLabel: "Bone", tagDisplayCIELab: []uint16{65535, 32896, 32896}}, {tagSegmentNumber: 4}}
	other := seg.with(dataset{tagReferencedSeries: []dataset{{dcm.SeriesInstanceUID: "1.2.77"}}})
	byFrame := seg.with(dataset{tagReferencedSeries: nil})
	objects := described(t, slice(1, 3), seg, structures(), other, byFrame, slice(1, 3))
	objects[5].Output = true
	all, homeless := SeriesOf(objects)
	if len(all) != 2 || all[0].Output || !all[1].Output || len(homeless) != 1 || homeless[0].File != "3" {
		t.Fatalf("%d series, %d homeless", len(all), len(homeless))
	}
	got := ""
	for _, o := range all[0].Overlays {
		got += fmt.Sprintf("%s:%d %s %s, ", o.Object.File, o.Number, o.Name, o.Color)
	}
	want := "1:1 Bone #ffffff, 1:4  #3fb5ff, 2:5 PTV #00ff00, 4:1 Bone #ffffff, 4:4  #ffe14d, "
	if got != want {
		t.Errorf("over it are\n%s, want\n%s", got, want)
	}
	names := ""
	for _, w := range all[0].Windows {
		names += w.Name + " "
	}
	if names != "soft lung bone brain full " {
		t.Errorf("the windows of a CT without one of its own are %s", names)
	}
}
