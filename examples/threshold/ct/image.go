// Package ct reads CT images: the pixels of one slice, their unit, and where
// they lie.
//
// A path goes in, an [Image] comes out. It only reads, and only uncompressed
// objects of the CT Image Storage class (PS3.3 §A.3).
package ct

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

// SOP classes of CT (PS3.4 §B.5): what this package reads, and the one with
// many frames in an object, which it does not.
const (
	ImageStorage         = "1.2.840.10008.5.1.4.1.1.2"
	enhancedImageStorage = "1.2.840.10008.5.1.4.1.1.2.1"
)

// ErrNotCT means that a file is something else: not DICOM, or an object of
// another kind.
var ErrNotCT = errors.New("not a CT image")

// Image is one slice.
type Image struct {
	Rows, Columns int

	dataset          dicom.Dataset
	pixels           []byte // as stored
	order            binary.ByteOrder
	signed           bool
	bits             int // stored bits of the 16 allocated
	slope, intercept float64
}

// Read reads a file. Compressed pixel data is an error: a real model would
// decompress it here.
func Read(path string) (*Image, error) {
	ds, order, err := readDataset(path)
	if err != nil {
		return nil, err
	}
	m := &Image{dataset: ds, order: order}
	switch m.Text(tag.SOPClassUID) {
	case ImageStorage:
		return m, m.readPixels()
	case enhancedImageStorage:
		return nil, errors.New("enhanced (multi-frame) CT: send it as CT images of one slice each, or let a step before convert it")
	}
	return nil, ErrNotCT
}

// readPixels checks that the pixels are what a CT has, and how they are to be
// read (PS3.3 §C.8.2.1).
func (m *Image) readPixels() error {
	element := m.Element(tag.PixelData)
	if element == nil {
		return errors.New("without pixel data")
	}
	info := dicom.MustGetPixelDataInfo(element.Value)
	if info.IsEncapsulated {
		return errors.New("compressed pixel data: send it uncompressed, or let a step before decompress it")
	}
	m.pixels = info.UnprocessedValueData
	m.Rows, m.Columns, m.bits = m.number(tag.Rows), m.number(tag.Columns), m.number(tag.BitsStored)
	m.signed = m.number(tag.PixelRepresentation) == 1
	if frames := m.Floats(tag.NumberOfFrames); len(frames) > 0 && frames[0] > 1 {
		return fmt.Errorf("%v frames, where a CT image has one", frames[0])
	}
	if allocated := m.number(tag.BitsAllocated); allocated != 16 || m.bits < 1 || m.bits > 16 {
		return fmt.Errorf("%d bits allocated and %d stored, where a CT has 16 and up to 16", allocated, m.bits)
	}
	if need := 2 * m.Rows * m.Columns; need == 0 || len(m.pixels) < need {
		return fmt.Errorf("%d bytes of pixel data for %d rows and %d columns", len(m.pixels), m.Rows, m.Columns)
	}
	slope, intercept := m.Floats(tag.RescaleSlope), m.Floats(tag.RescaleIntercept)
	if len(slope) != 1 || len(intercept) != 1 || slope[0] == 0 {
		return errors.New("without a usable rescale slope and intercept, so that its values have no unit")
	}
	m.slope, m.intercept = slope[0], intercept[0]
	return nil
}

// Forget drops the pixels, so that the rest can be kept of many slices.
func (m *Image) Forget() {
	m.pixels = nil
	m.dataset.Elements = slices.DeleteFunc(m.dataset.Elements, func(e *dicom.Element) bool { return e.Tag == tag.PixelData })
}

// Hounsfield returns the attenuation of a pixel, counted row by row.
func (m *Image) Hounsfield(i int) float64 {
	stored := m.order.Uint16(m.pixels[2*i:]) << (16 - m.bits)
	value := int(stored >> (16 - m.bits))
	if m.signed {
		value = int(int16(stored) >> (16 - m.bits))
	}
	return float64(value)*m.slope + m.intercept
}
