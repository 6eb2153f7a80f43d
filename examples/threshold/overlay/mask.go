package overlay

import (
	"errors"
	"fmt"

	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

// errNoFrame means that no frame of a segmentation was made from an image.
var errNoFrame = errors.New("no frame is derived from the CT image")

// mask is one frame of a binary segmentation.
type mask struct {
	rows, columns int
	first         int    // bit of the frame's first pixel
	bits          []byte // of all frames, packed (PS3.5 §8.1.1)
}

func (m mask) marked(column, row int) bool {
	if column < 0 || row < 0 || column >= m.columns || row >= m.rows {
		return false
	}
	bit := m.first + row*m.columns + column
	return m.bits[bit/8]>>(bit%8)&1 == 1
}

// readMask finds the frame of a segmentation that was made from a SOP instance
// (PS3.3 §A.51.5).
func readMask(path, instance string) (m mask, err error) {
	ds, err := dicom.ParseFile(path, nil, dicom.SkipProcessingPixelDataValue(), dicom.AllowUnknownSpecificCharacterSet())
	if err != nil {
		return m, err
	}
	if bits := numbers(ds.Elements, tag.BitsAllocated); len(bits) != 1 || bits[0] != 1 {
		return m, errors.New("not a binary segmentation")
	}
	frame, err := frameOf(ds, instance)
	if err != nil {
		return m, err
	}
	rows, columns := numbers(ds.Elements, tag.Rows), numbers(ds.Elements, tag.Columns)
	pixels, err := ds.FindElementByTag(tag.PixelData)
	if err != nil || len(rows) != 1 || len(columns) != 1 {
		return m, errors.New("without pixels")
	}
	m = mask{rows: rows[0], columns: columns[0], bits: dicom.MustGetPixelDataInfo(pixels.Value).UnprocessedValueData}
	size := m.rows * m.columns
	m.first = frame * size
	if (m.first+size+7)/8 > len(m.bits) {
		return m, fmt.Errorf("%d bytes of pixel data end before frame %d does", len(m.bits), frame+1)
	}
	return m, nil
}

func frameOf(ds dicom.Dataset, instance string) (int, error) {
	for i, frame := range items(ds.Elements, tag.PerFrameFunctionalGroupsSequence) {
		for _, derivation := range items(frame, tag.DerivationImageSequence) {
			for _, image := range items(derivation, tag.SourceImageSequence) {
				if e := find(image, tag.ReferencedSOPInstanceUID); e != nil && e.Value.ValueType() == dicom.Strings &&
					dicom.MustGetStrings(e.Value)[0] == instance {
					return i, nil
				}
			}
		}
	}
	return 0, errNoFrame
}

// items returns the items of a sequence, none if it is missing.
func items(elements []*dicom.Element, t tag.Tag) (list [][]*dicom.Element) {
	e := find(elements, t)
	if e == nil || e.Value.ValueType() != dicom.Sequences {
		return nil
	}
	for _, item := range e.Value.GetValue().([]*dicom.SequenceItemValue) {
		list = append(list, item.GetValue().([]*dicom.Element))
	}
	return list
}

func numbers(elements []*dicom.Element, t tag.Tag) []int {
	e := find(elements, t)
	if e == nil || e.Value.ValueType() != dicom.Ints {
		return nil
	}
	return dicom.MustGetInts(e.Value)
}

func find(elements []*dicom.Element, t tag.Tag) *dicom.Element {
	for _, e := range elements {
		if e.Tag == t {
			return e
		}
	}
	return nil
}
