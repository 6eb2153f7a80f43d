package picture

import (
	"iter"
	"math"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// Elements that pictures are made of.
const (
	tagSliceThickness     dcm.Tag = 0x00180050
	tagBetweenSlices      dcm.Tag = 0x00180088
	tagFrameOfReference   dcm.Tag = 0x00200052
	tagInstanceNumber     dcm.Tag = 0x00200013
	tagPosition           dcm.Tag = 0x00200032
	tagOrientation        dcm.Tag = 0x00200037
	tagSamplesPerPixel    dcm.Tag = 0x00280002
	tagPhotometric        dcm.Tag = 0x00280004
	tagPlanar             dcm.Tag = 0x00280006
	tagNumberOfFrames     dcm.Tag = 0x00280008
	tagRows               dcm.Tag = 0x00280010
	tagColumns            dcm.Tag = 0x00280011
	tagPixelSpacing       dcm.Tag = 0x00280030
	tagPixelAspectRatio   dcm.Tag = 0x00280034
	tagBitsAllocated      dcm.Tag = 0x00280100
	tagBitsStored         dcm.Tag = 0x00280101
	tagHighBit            dcm.Tag = 0x00280102
	tagWindowCenter       dcm.Tag = 0x00281050
	tagWindowWidth        dcm.Tag = 0x00281051
	tagIntercept          dcm.Tag = 0x00281052
	tagSlope              dcm.Tag = 0x00281053
	tagWindowExplanation  dcm.Tag = 0x00281055
	tagVOILUTFunction     dcm.Tag = 0x00281056
	tagImagerPixelSpacing dcm.Tag = 0x00181164
	tagFrameOffsets       dcm.Tag = 0x3004000C

	tagShared               dcm.Tag = 0x52009229 // functional groups (PS3.3 §C.7.6.16)
	tagPerFrame             dcm.Tag = 0x52009230
	tagPlanePosition        dcm.Tag = 0x00209113
	tagPlaneOrientation     dcm.Tag = 0x00209116
	tagPixelMeasures        dcm.Tag = 0x00289110
	tagFrameVOILUT          dcm.Tag = 0x00289132
	tagPixelTransformation  dcm.Tag = 0x00289145
	tagDerivationImage      dcm.Tag = 0x00089124
	tagSourceImage          dcm.Tag = 0x00082112
	tagReferencedFrame      dcm.Tag = 0x00081160
	tagReferencedSeries     dcm.Tag = 0x00081115
	tagSegmentIdentity      dcm.Tag = 0x0062000A
	tagReferencedSegment    dcm.Tag = 0x0062000B
	tagSegmentationType     dcm.Tag = 0x00620001
	tagSegments             dcm.Tag = 0x00620002
	tagSegmentNumber        dcm.Tag = 0x00620004
	tagSegmentLabel         dcm.Tag = 0x00620005
	tagDisplayCIELab        dcm.Tag = 0x0062000D
	tagMaxFractional        dcm.Tag = 0x0062000E
	tagReferencedFrameOfRef dcm.Tag = 0x30060010
	tagReferencedStudy      dcm.Tag = 0x30060012
	tagReferencedRTSeries   dcm.Tag = 0x30060014
	tagContourImage         dcm.Tag = 0x30060016
	tagStructureSetROI      dcm.Tag = 0x30060020
	tagROINumber            dcm.Tag = 0x30060022
	tagROIFrameOfReference  dcm.Tag = 0x30060024
	tagROIName              dcm.Tag = 0x30060026
	tagROIDisplayColor      dcm.Tag = 0x3006002A
	tagROIContours          dcm.Tag = 0x30060039
	tagContours             dcm.Tag = 0x30060040
	tagContourType          dcm.Tag = 0x30060042
	tagContourData          dcm.Tag = 0x30060050
	tagReferencedROI        dcm.Tag = 0x30060084
)

// values are a data set or an item of a sequence.
type values interface {
	Text(dcm.Tag) (string, bool)
	UID(dcm.Tag) dcm.UID
	Items(dcm.Tag) iter.Seq[dcm.Item]
}

// word is a text without the spaces around it; "": there is none.
func word(v values, t dcm.Tag) string {
	text, _ := v.Text(t)
	return strings.TrimSpace(text)
}

// floats are the numbers of an element, none if one of them is no finite number.
func floats(v values, t dcm.Tag) []float64 {
	text := word(v, t)
	if text == "" {
		return nil
	}
	all := make([]float64, 0, strings.Count(text, `\`)+1)
	for part := range strings.SplitSeq(text, `\`) {
		n, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
			return nil
		}
		all = append(all, n)
	}
	return all
}

// whole is a number of an element that has one, or what holds where there is none.
func whole(v values, t dcm.Tag, otherwise int) int {
	n, err := strconv.Atoi(word(v, t))
	if err != nil {
		return otherwise
	}
	return n
}

// nth is an item of a sequence.
func nth(v values, sequence dcm.Tag, n int) (values, bool) {
	for item := range v.Items(sequence) {
		if n == 0 {
			return item, true
		}
		n--
	}
	return nil, false
}

// group returns where the values of a functional group of a frame are: in the group
// of the frame, in the shared one, or at the top.
func group(h values, frame int, sequence dcm.Tag) values {
	if found, ok := functional(h, frame, sequence); ok {
		return found
	}
	return h
}

// functional returns a functional group of a frame: its own, or the shared one.
func functional(h values, frame int, sequence dcm.Tag) (values, bool) {
	if own, ok := nth(h, tagPerFrame, frame); ok {
		if found, ok := nth(own, sequence, 0); ok {
			return found, true
		}
	}
	if shared, ok := nth(h, tagShared, 0); ok {
		return nth(shared, sequence, 0)
	}
	return nil, false
}
