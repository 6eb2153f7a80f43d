package picture

import (
	"io"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// SOP classes of what is drawn over images.
const (
	segmentationStorage = "1.2.840.10008.5.1.4.1.1.66.4"
	structureSetStorage = "1.2.840.10008.5.1.4.1.1.481.3"
)

// Object is what a list of pictures has to know of an object.
type Object struct {
	File   string // of the caller's
	Output bool   // a model wrote it

	Class, Instance, Series, FrameOfReference, Syntax dcm.UID
	Modality, Description                             string
	Number                                            int // of the instance
	Rows, Columns, Frames                             int
	Windows                                           []Window

	// Items are what a segmentation or a structure set has to be drawn over the
	// series that it refers to.
	Items  []Item
	Refers []dcm.UID

	plane *plane
}

// Item is a segment of a segmentation, or a region of a structure set.
type Item struct {
	Number int    `json:"number"` // in its object
	Name   string `json:"name"`
	Color  Color  `json:"color"`
}

// Bounds of a list.
const (
	mostItems  = 200    // of an object
	mostFrames = 20_000 // of a series
	mostSlices = 50_000 // of all series
)

// Over reports whether the object is drawn over others.
func (o *Object) Over() bool { return o.Class == segmentationStorage || o.Class == structureSetStorage }

// Image reports whether the object has pictures of its own.
func (o *Object) Image() bool { return !o.Over() && o.Rows > 0 && o.Columns > 0 && o.Frames > 0 }

// Describe reads the header of an object. The values that it keeps are bounded.
func Describe(r io.Reader) (Object, error) {
	h, err := dcm.ScanFile(r)
	if err != nil {
		return Object{}, err
	}
	o := Object{
		Class: uid(h, dcm.SOPClassUID), Instance: uid(h, dcm.SOPInstanceUID), Series: uid(h, dcm.SeriesInstanceUID), FrameOfReference: uid(h, tagFrameOfReference),
		Syntax: cut(h.TransferSyntax), Modality: short(word(h, dcm.Modality)), Description: short(word(h, dcm.SeriesDescription)), Number: whole(h, tagInstanceNumber, 0),
		Rows: whole(h, tagRows, 0), Columns: whole(h, tagColumns, 0), Frames: min(whole(h, tagNumberOfFrames, 1), mostFrames+1),
		Windows: windows(h, 0), plane: planeOf(h, 0),
	}
	switch o.Class {
	case segmentationStorage:
		o.segments(h)
	case structureSetStorage:
		o.regions(h)
	}
	return o, nil
}

// short is as much of a text as a page has room for.
func short(text string) string {
	runes := []rune(text)
	return string(runes[:min(64, len(runes))])
}

// uid is a UID as a list keeps it. It may be twice as long as a valid one: so much
// tells also wrong ones apart.
func uid(v values, t dcm.Tag) dcm.UID { return cut(v.UID(t)) }

func cut(u dcm.UID) dcm.UID { return dcm.UID(strings.Clone(string(u[:min(128, len(u))]))) }

// segments are those of a segmentation (PS3.3 §C.8.20.2).
func (o *Object) segments(h *dcm.Header) {
	for segment := range h.Items(tagSegments) {
		item := Item{Number: whole(segment, tagSegmentNumber, len(o.Items)+1), Name: short(word(segment, tagSegmentLabel))}
		if lab := floats(segment, tagDisplayCIELab); len(lab) == 3 {
			item.Color = labColor(lab)
		}
		o.add(item)
	}
	for series := range h.Items(tagReferencedSeries) {
		o.refer(uid(series, dcm.SeriesInstanceUID))
	}
}

// regions are those of a structure set (PS3.3 §C.8.8.5).
func (o *Object) regions(h *dcm.Header) {
	own := map[int]Color{}
	for contours := range h.Items(tagROIContours) { // it may be too long to be kept
		if rgb := floats(contours, tagROIDisplayColor); len(rgb) == 3 {
			own[whole(contours, tagReferencedROI, 0)] = colorOf(rgb[0], rgb[1], rgb[2])
		}
	}
	for region := range h.Items(tagStructureSetROI) {
		number := whole(region, tagROINumber, 0)
		o.add(Item{Number: number, Name: short(word(region, tagROIName)), Color: own[number]})
	}
	for frame := range h.Items(tagReferencedFrameOfRef) {
		if o.FrameOfReference == "" {
			o.FrameOfReference = uid(frame, tagFrameOfReference)
		}
		for study := range frame.Items(tagReferencedStudy) {
			for series := range study.Items(tagReferencedRTSeries) {
				o.refer(uid(series, dcm.SeriesInstanceUID))
			}
		}
	}
}

func (o *Object) add(item Item) {
	if len(o.Items) < mostItems {
		o.Items = append(o.Items, item)
	}
}

func (o *Object) refer(series dcm.UID) {
	if series != "" && len(o.Refers) < mostItems && !slices.Contains(o.Refers, series) {
		o.Refers = append(o.Refers, series)
	}
}

// over reports whether the object is drawn over the images of a series.
func (o *Object) over(image *Object) bool {
	if len(o.Refers) > 0 {
		return slices.Contains(o.Refers, image.Series)
	}
	return o.FrameOfReference != "" && o.FrameOfReference == image.FrameOfReference
}
