package picture

import (
	"io"
	"strings"
	"testing"
)

const (
	noSquare = "........ ........ ........ ........ ........ ........ ........ ........"
)

// squares are the pixels of frames of which each has a square in its middle.
func squares(frames int) (b []byte) {
	for range frames {
		b = append(b, 0, 0, 0x3c, 0x3c, 0x3c, 0x3c, 0, 0)
	}
	return b
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

// Nothing is drawn by places over an image whose pixels have no known size; its slices
// are in order nevertheless.
func TestWithoutSpacing(t *testing.T) {
	bare := func(n int, z float64) dataset { return slice(n, z).with(dataset{tagPixelSpacing: nil}) }
	if all, _ := SeriesOf(described(t, bare(1, 9), bare(2, 3))); numbers(all[0]) != "2.0 1.0 " {
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
