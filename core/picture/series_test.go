package picture

import (
	"bytes"
	"fmt"
	"strings"
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
		list := SeriesOf(described(t, test.objects...))
		all, homeless := list.Series, list.Homeless
		if list.Cut != "" || len(all) != 1 || len(homeless) != 0 || numbers(all[0]) != test.want {
			t.Errorf("%s: %d series, %d homeless, the first %s, want %s", test.name, len(all), len(homeless), numbers(all[0]), test.want)
		}
	}
	many := described(t, slice(1, 3).with(dataset{tagNumberOfFrames: "2000000000"}))
	if list := SeriesOf(many); len(list.Series[0].Slices) != mostFrames || list.Cut == "" {
		t.Errorf("%d slices of an object that claims two billion; %q", len(list.Series[0].Slices), list.Cut)
	}
}

// A list costs no more memory for the frames that objects claim to have, each of a
// series of its own, nor for long values; it says that it is not all.
func TestListIsBounded(t *testing.T) {
	long := strings.Repeat("1", 5000)
	claims := slice(1, 3).with(dataset{
		tagNumberOfFrames: "20000", tagWindowCenter: "1", tagWindowWidth: "2", tagWindowExplanation: long, tagVOILUTFunction: long,
		dcm.SOPInstanceUID: "1.2" + long, tagFrameOfReference: "1.2" + long,
	})
	var objects []dataset
	for i := range 5 {
		objects = append(objects, claims.with(dataset{dcm.SeriesInstanceUID: fmt.Sprintf("1.2.3.%d", i)}))
	}
	list, all := SeriesOf(described(t, objects...)), 0
	for _, s := range list.Series {
		all += len(s.Slices)
	}
	if all != 50_000 || len(list.Series) != 3 || !strings.Contains(list.Cut, "50,000 in all") {
		t.Errorf("%d slices of %d series are listed, with %q", all, len(list.Series), list.Cut)
	}
	o := list.Series[0].Slices[0].Object
	if w := o.Windows[0]; len(w.Title) > 100 || len(w.Function) > 100 || len(o.Instance) > 200 || len(o.FrameOfReference) > 200 {
		t.Errorf("values of %d, %d, %d and %d bytes are kept", len(w.Title), len(w.Function), len(o.Instance), len(o.FrameOfReference))
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
	list := SeriesOf(objects)
	all, homeless := list.Series, list.Homeless
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
