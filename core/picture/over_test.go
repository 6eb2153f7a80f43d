package picture

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// frameOfSlice is what a segmentation says of a frame: of which slice and segment it
// is, and where it lies.
func frameOfSlice(instance string, segment int, position string) dataset {
	own := dataset{tagSegmentIdentity: []dataset{{tagReferencedSegment: segment}}}
	if instance != "" {
		own[tagDerivationImage] = []dataset{{tagSourceImage: []dataset{{dcm.ReferencedSOPInstanceUID: instance}}}}
	}
	if position != "" {
		own[tagPlanePosition] = []dataset{{tagPosition: position}}
	}
	return own
}

// segmentation is one of two segments over the slices of the tests.
func segmentation(frames []dataset, pixels []byte) dataset {
	return dataset{
		dcm.SOPClassUID: segmentationStorage, dcm.SOPInstanceUID: "1.2.9.1", dcm.SeriesInstanceUID: "1.2.9", dcm.Modality: "SEG", tagFrameOfReference: testFrame,
		tagRows: 8, tagColumns: 8, tagBitsAllocated: 1, tagSegmentationType: "BINARY", tagPerFrame: frames, dcm.PixelData: pixels,
		tagReferencedSeries: []dataset{{dcm.SeriesInstanceUID: testSeries}},
		tagShared:           []dataset{{tagPlaneOrientation: []dataset{{tagOrientation: `1\0\0\0\1\0`}}, tagPixelMeasures: []dataset{{tagPixelSpacing: `2\2`}}}},
		tagSegments:         []dataset{{tagSegmentNumber: 1, tagSegmentLabel: "Bone"}, {tagSegmentNumber: 2, tagSegmentLabel: "Tumour"}},
	}
}

var bothSegments = []Over{{Items: []Item{{Number: 1, Color: "#ff0000"}, {Number: 2, Color: "#00ff00"}}}}

// marked are the pixels of 8 rows that are drawn in color: "#" wholly so, "+" through
// which the image is seen.
func marked(t *testing.T, over []Over, source, object dataset) string {
	t.Helper()
	return markedAt(t, Job{Window: full, Over: over}, source, object)
}

func markedAt(t *testing.T, job Job, source, object dataset) string {
	t.Helper()
	picture := drawn(t, job, source, object)
	var rows []string
	all := pixels(picture, 8, 8)
	for ; len(all) > 0; all = all[8:] {
		row := ""
		for _, c := range all[:8] {
			switch {
			case len(c) == 2:
				row += "."
			case strings.Contains("590000 005900", c):
				row += "+"
			default:
				row += "#"
			}
		}
		rows = append(rows, row)
	}
	return strings.Join(rows, " ")
}

// A segmentation is drawn over the slice that its frames were derived from, and over
// no other; without that, over the slice in whose plane they lie.
func TestSegmentation(t *testing.T) {
	const square = "........ ........ ..++++.. ..++++.. ..++++.. ..++++.. ........ ........"
	const nothing = "........ ........ ........ ........ ........ ........ ........ ........"
	bits := make([]byte, 16) // the first frame is empty
	copy(bits[8:], []byte{0, 0, 0x3c, 0x3c, 0x3c, 0x3c, 0, 0})
	derived := segmentation([]dataset{frameOfSlice("1.2.3.1", 1, ""), frameOfSlice("1.2.3.2", 2, "")}, bits)
	placed := segmentation([]dataset{frameOfSlice("", 1, `-7\-7\3`), frameOfSlice("", 2, `-7\-7\6`)}, bits)
	// cut to the square, and a frame of its own size
	cropped := segmentation([]dataset{frameOfSlice("", 1, `-3\-3\6`)}, []byte{0xff, 0xff}).with(dataset{tagRows: 4, tagColumns: 4})
	half := make([]byte, 128)
	for i := range 16 {
		half[64+(2+i/4)*8+2+i%4] = 50
	}
	fractional := derived.with(dataset{tagBitsAllocated: 8, tagSegmentationType: "FRACTIONAL", tagMaxFractional: 50, dcm.PixelData: half})
	moved := placed.with(dataset{tagFrameOfReference: "1.2.5"})
	for name, test := range map[string]struct {
		object dataset
		on     dataset
		want   string
	}{
		"derived":              {derived, slice(2, 6), square},
		"derived from another": {derived, slice(1, 3), nothing},
		"of no frame":          {derived, slice(3, 6), nothing},
		"placed":               {placed, slice(2, 6), square},
		"placed elsewhere":     {placed, slice(2, 9), nothing},
		"another frame":        {moved, slice(2, 6), nothing},
		"cropped":              {cropped, slice(2, 6), square},
		"fractional":           {fractional, slice(2, 6), square},
	} {
		if got := marked(t, bothSegments, test.on, test.object); got != test.want {
			t.Errorf("%s: drawn as\n%s, want\n%s", name, got, test.want)
		}
	}
	if got := marked(t, []Over{{Items: []Item{{Number: 1, Color: "#ff0000"}}}}, slice(2, 6), derived); got != nothing {
		t.Errorf("a segment that is not chosen is drawn as\n%s", got)
	}
}

// contour is a closed one of a region, in points of the patient.
func contour(points, instance string) dataset {
	c := dataset{tagContourType: "CLOSED_PLANAR", tagContourData: points}
	if instance != "" {
		c[tagContourImage] = []dataset{{dcm.ReferencedSOPInstanceUID: instance}}
	}
	return c
}

func structures(contours ...dataset) dataset {
	return dataset{
		dcm.SOPClassUID: structureSetStorage, dcm.SOPInstanceUID: "1.2.8.1", dcm.SeriesInstanceUID: "1.2.8", dcm.Modality: "RTSTRUCT",
		tagReferencedFrameOfRef: []dataset{{tagFrameOfReference: testFrame, tagReferencedStudy: []dataset{{tagReferencedRTSeries: []dataset{{dcm.SeriesInstanceUID: testSeries}}}}}},
		tagStructureSetROI:      []dataset{{tagROINumber: "5", tagROIName: "PTV", tagROIFrameOfReference: testFrame}},
		tagROIContours:          []dataset{{tagROIDisplayColor: `0\255\0`, tagReferencedROI: "5", tagContours: contours}},
	}
}

// Contours are drawn over the slice that they refer to, or in whose plane they lie;
// one inside of another is a hole.
func TestStructures(t *testing.T) {
	const ptv = `-4\-4\6\4\-4\6\4\4\6\-4\4\6` // from column 1.5 to 5.5, and so the rows
	over := []Over{{Items: []Item{{Number: 5, Color: "#00ff00"}}}}
	count := func(on dataset, contours ...dataset) int {
		t.Helper()
		return strings.Count(marked(t, over, on, structures(contours...)), "+")
	}
	far := strings.ReplaceAll(ptv, `\6`, `\9`)
	for name, test := range map[string]struct {
		on       dataset
		contours []dataset
		want     int
	}{
		"by its plane":       {slice(2, 6), []dataset{contour(ptv, "")}, 16},
		"of another plane":   {slice(2, 6), []dataset{contour(far, "")}, 0},
		"by its image":       {slice(2, 6), []dataset{contour(ptv, "1.2.3.2")}, 16},
		"of another image":   {slice(2, 6), []dataset{contour(ptv, "1.2.3.3")}, 0},
		"with a hole":        {slice(2, 6), []dataset{contour(ptv, ""), contour(`-2\-2\6\2\-2\6\2\2\6\-2\2\6`, "")}, 12},
		"not closed":         {slice(2, 6), []dataset{contour(ptv, "").with(dataset{tagContourType: "OPEN_PLANAR"})}, 0},
		"two points":         {slice(2, 6), []dataset{contour(`1\1\6\2\2\6`, "")}, 0},
		"no numbers":         {slice(2, 6), []dataset{contour(`1\1\6\x\2\6\4\4\6`, "")}, 0},
		"another frame":      {slice(2, 6).with(dataset{tagFrameOfReference: "1.2.5"}), []dataset{contour(ptv, "")}, 0},
		"around the picture": {slice(2, 6), []dataset{contour(`-1e9\-1e9\6\1e9\-1e9\6\1e9\1e9\6\-1e9\1e9\6`, "")}, 64},
	} {
		if got := count(test.on, test.contours...); got != test.want {
			t.Errorf("%s: %d pixels are inside, want %d", name, got, test.want)
		}
	}
	err := Draw(io.Discard, Job{Over: over}, []Sized{sized(gray(1, 1).file()), sized(structures().file())})
	if err == nil || !strings.Contains(err.Error(), "does not say where it lies") {
		t.Errorf("over an image without a place: %v", err)
	}
}

// What is to be drawn over an image may lie, too.
func TestHostileOverlays(t *testing.T) {
	frames := []dataset{frameOfSlice("1.2.3.1", 1, "")}
	for name, test := range map[string]struct {
		object dataset
		want   string
	}{
		"short":     {segmentation(append([]dataset{frameOfSlice("none", 1, "")}, frames...), make([]byte, 8)), "ends before frame 2"},
		"huge":      {segmentation(frames, make([]byte, 8)).with(dataset{tagRows: 60000, tagColumns: 60000}), "60000 by 60000 pixels, those of the image 8 by 8"},
		"16 bits":   {segmentation(frames, make([]byte, 8)).with(dataset{tagBitsAllocated: 16}), "16 bits"},
		"no rows":   {segmentation(frames, make([]byte, 8)).with(dataset{tagRows: 0}), "how many rows"},
		"no pixels": {segmentation(frames, nil).with(dataset{dcm.PixelData: nil}), "no pixel data"},
		"an image":  {slice(3, 3), "neither a segmentation"},
	} {
		err := Draw(io.Discard, Job{Over: bothSegments}, []Sized{sized(slice(1, 3).file()), sized(test.object.file())})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// Anything that is called an object is drawn, or refused, and neither takes long.
func FuzzDraw(f *testing.F) {
	ct := slice(1, 3).file()
	f.Add(ct, segmentation([]dataset{frameOfSlice("1.2.3.1", 1, `-7\-7\3`)}, make([]byte, 8)).file())
	f.Add(ct, structures(contour(`-4\-4\3\4\-4\3\4\4\3`, "")).file())
	f.Add(gray(2, 0, 1).with(dataset{tagSamplesPerPixel: 3, tagPhotometric: "YBR_FULL_422", tagBitsAllocated: 8, tagBitsStored: 8, tagHighBit: 7, dcm.PixelData: []byte{1, 2, 3, 4}}).file(), ct)
	f.Fuzz(func(t *testing.T, image, over []byte) {
		var b bytes.Buffer
		if err := Draw(&b, Job{}, []Sized{sized(image)}); err == nil && b.Len() == 0 {
			t.Error("neither a picture nor a reason")
		}
		_ = Draw(io.Discard, Job{Over: bothSegments}, []Sized{sized(image), sized(over)})
		_ = Draw(io.Discard, Job{Over: []Over{{Items: []Item{{Number: 5}}}}}, []Sized{sized(ct), sized(over)})
		for _, b := range [][]byte{image, over} {
			if o, err := Describe(bytes.NewReader(b)); err == nil {
				SeriesOf([]*Object{&o})
			}
		}
	})
}
