package picture

import (
	"io"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
)

const (
	wholeSquare = "........ ........ ..++++.. ..++++.. ..++++.. ..++++.. ........ ........"
	noSquare    = "........ ........ ........ ........ ........ ........ ........ ........"
)

// squares are the pixels of frames of which each has a square in its middle.
func squares(frames int) (b []byte) {
	for range frames {
		b = append(b, 0, 0, 0x3c, 0x3c, 0x3c, 0x3c, 0, 0)
	}
	return b
}

// refersTo has a frame of a segmentation refer to images.
func refersTo(frame dataset, instances ...string) dataset {
	var sources []dataset
	for _, instance := range instances {
		sources = append(sources, dataset{dcm.ReferencedSOPInstanceUID: instance})
	}
	return frame.with(dataset{tagDerivationImage: []dataset{{tagSourceImage: sources}}})
}

// A frame of a segmentation that lies elsewhere is not drawn over a slice, whatever it
// refers to: some refer to all slices, or to all frames of an image.
func TestSegmentationLiesWhereItSays(t *testing.T) {
	frame := func(z string, instances ...string) dataset {
		return refersTo(frameOfSlice("", 2, `-7\-7\`+z), instances...)
	}
	seg := func(frames ...dataset) dataset { return segmentation(frames, squares(len(frames))) }
	all := []string{"1.2.3.1", "1.2.3.2", "1.2.3.3"}
	frames := dataset{tagNumberOfFrames: "2", tagPosition: nil, tagPerFrame: []dataset{
		{tagPlanePosition: []dataset{{tagPosition: `-7\-7\3`}}}, {tagPlanePosition: []dataset{{tagPosition: `-7\-7\6`}}},
	}, dcm.PixelData: make([]uint16, 128)}
	sagittal := dataset{tagShared: []dataset{{tagPlaneOrientation: []dataset{{tagOrientation: `0\1\0\0\0\-1`}}, tagPixelMeasures: []dataset{{tagPixelSpacing: `2\2`}}}}}
	// the square of the second frame is the other half of the picture
	two := seg(frame("6", all...), frame("7", all...)).with(dataset{dcm.PixelData: append(squares(1), 0xff, 0, 0, 0, 0, 0, 0, 0)})
	for name, test := range map[string]struct {
		object, on dataset
		want       string
	}{
		"refers to all":        {seg(frame("6", all...)), slice(2, 6), wholeSquare},
		"on another of all":    {seg(frame("6", all...)), slice(1, 3), noSquare},
		"refers to all frames": {seg(frame("6", "1.2.3.1")), slice(1, 0).with(frames), noSquare},
		"refers within":        {seg(frame("7", "1.2.3.2")), slice(2, 6), wholeSquare},
		"turned otherwise":     {seg(frame("6", "1.2.3.2")).with(sagittal), slice(2, 6), noSquare},
		"nearest of two":       {two, slice(2, 6), wholeSquare},
		"no place of the image": {
			seg(frame("6", "1.2.3.2")), slice(2, 6).with(dataset{tagPosition: nil}), wholeSquare,
		},
		"no UID refers to none": {seg(frame("6", "")), slice(2, 6).with(dataset{dcm.SOPInstanceUID: nil, tagPosition: nil}), noSquare},
	} {
		if got := marked(t, bothSegments, test.on, test.object); got != test.want {
			t.Errorf("%s: drawn as\n%s, want\n%s", name, got, test.want)
		}
	}
}

// Where frame after frame lies is not known of one place for all of them, but of the
// offsets of a dose.
func TestPlaceOfFrames(t *testing.T) {
	of := func(frame int, d dataset) *plane {
		t.Helper()
		h, err := scanner.File(sized(slice(1, 3).with(d).file()))
		if err != nil {
			t.Fatal(err)
		}
		return planeOf(h, frame)
	}
	if p := of(1, dataset{tagNumberOfFrames: "2"}); p != nil {
		t.Errorf("the second frame lies at %v, where the first one does", p.origin)
	}
	shared := dataset{tagPosition: nil, tagShared: []dataset{{tagPlanePosition: []dataset{{tagPosition: `1\2\3`}}}}}
	if p := of(1, shared); p == nil || p.origin != (vector{1, 2, 3}) {
		t.Errorf("a place that is said for all frames is %v", p)
	}
	for offsets, want := range map[string]vector{`0\2.5`: {-7, -7, 5.5}, `3\5.5`: {-7, -7, 5.5}} {
		if p := of(1, dataset{tagFrameOffsets: offsets}); p == nil || p.origin != want {
			t.Errorf("by the offsets %s it is %v, want %v", offsets, p, want)
		}
		if p := of(2, dataset{tagFrameOffsets: offsets}); p != nil {
			t.Errorf("by the offsets %s the third frame lies at %v", offsets, p.origin)
		}
	}
	top := segmentation([]dataset{frameOfSlice("1.2.3.1", 1, ""), frameOfSlice("", 2, "")}, squares(2)).with(dataset{tagPosition: `-7\-7\6`})
	if got := marked(t, bothSegments, slice(2, 6), top); got != noSquare {
		t.Errorf("the second frame of a segmentation that has a place for the first is drawn as\n%s", got)
	}
}

// Of slices that overlap, each has the contours that are nearest to it: those of its
// neighbours would cut rings out of them.
func TestContoursOfTheNearest(t *testing.T) {
	const ptv, inner = `-4\-4\6\4\-4\6\4\4\6\-4\4\6`, `-2\-2\7\2\-2\7\2\2\7\-2\2\7`
	over := []Over{{Items: []Item{{Number: 5, Color: "#00ff00"}}}}
	far := strings.ReplaceAll(ptv, `\6`, `\9`)
	for name, test := range map[string]struct {
		contours []dataset
		want     int
	}{
		"of a neighbour, too":  {[]dataset{contour(inner, ""), contour(ptv, "")}, 16},
		"a hole as near":       {[]dataset{contour(ptv, ""), contour(strings.ReplaceAll(inner, `\7`, `\6.05`), "")}, 12},
		"refers, but lies far": {[]dataset{contour(far, "1.2.3.2")}, 0},
		"as far on each side":  {[]dataset{contour(strings.ReplaceAll(ptv, `\6`, `\5`), ""), contour(inner, "")}, 16},
	} {
		if got := strings.Count(marked(t, over, slice(2, 6), structures(test.contours...)), "+"); got != test.want {
			t.Errorf("%s: %d pixels are inside, want %d", name, got, test.want)
		}
	}
}

// Nothing is drawn by places over an image whose pixels have no known size; its slices
// are in order nevertheless.
func TestWithoutSpacing(t *testing.T) {
	bare := func(n int, z float64) dataset { return slice(n, z).with(dataset{tagPixelSpacing: nil}) }
	if all := SeriesOf(described(t, bare(1, 9), bare(2, 3))).Series; numbers(all[0]) != "2.0 1.0 " {
		t.Errorf("the slices are in the order %s", numbers(all[0]))
	}
	placed := segmentation([]dataset{frameOfSlice("", 1, `-7\-7\6`)}, squares(1))
	unsized := placed.with(dataset{tagShared: []dataset{{tagPlaneOrientation: []dataset{{tagOrientation: `1\0\0\0\1\0`}}}}})
	for name, test := range map[string]struct{ on, object dataset }{
		"a contour":                      {bare(2, 6), structures(contour(`-4\-4\6\4\-4\6\4\4\6`, ""))},
		"a segment":                      {bare(2, 6), placed},
		"a segment without size, itself": {slice(2, 6), unsized},
	} {
		err := Draw(io.Discard, Job{Over: []Over{{Items: []Item{{Number: 1}, {Number: 5}}}}}, []Sized{sized(test.on.file()), sized(test.object.file())})
		if err == nil || !strings.Contains(err.Error(), "how large its pixels are") {
			t.Errorf("%s: %v", name, err)
		}
	}
	derived := segmentation([]dataset{frameOfSlice("1.2.3.2", 1, "")}, squares(1))
	if got := strings.Count(marked(t, bothSegments, bare(2, 6), derived), "+"); got == 0 {
		t.Error("a frame that refers to the image, of as many pixels, is not drawn")
	}
}

// Over a slice that overlaps its neighbours nothing is drawn that lies nearer to one of
// these, even where the slice itself has none of a segment or region.
func TestOverlappingSlices(t *testing.T) {
	all := SeriesOf(described(t, slice(1, 4), slice(2, 6), slice(3, 5), slice(4, 5))).Series
	if all[0].Step != 1 {
		t.Fatalf("the slices are %g mm apart", all[0].Step)
	}
	for name, object := range map[string]dataset{
		"a segment": segmentation([]dataset{refersTo(frameOfSlice("", 2, `-7\-7\7`), "1.2.3.1", "1.2.3.2")}, squares(1)),
		"a region":  structures(contour(`-4\-4\7\4\-4\7\4\4\7\-4\4\7`, "")),
	} {
		for step, want := range map[float64]bool{0: true, 2: true, all[0].Step: false} {
			over := []Over{{Items: []Item{{Number: 2, Color: "#ff0000"}, {Number: 5, Color: "#ff0000"}}}}
			drawn := strings.Contains(markedAt(t, Job{Window: full, Over: over, Step: step}, slice(2, 6), object), "+")
			if drawn != want {
				t.Errorf("%s that is 1 mm off is drawn over slices that are %g mm apart: %t", name, step, drawn)
			}
		}
	}
}
