// Package ct reads CT images: the pixels of one slice and their unit.
//
// A path goes in, an [Image] comes out. It only reads, and only uncompressed
// objects of the CT Image Storage class.
package ct

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"

	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

// ImageStorage is the SOP class of what this package reads.
const ImageStorage = "1.2.840.10008.5.1.4.1.1.2"

// ErrNotCT means that a file is something else: no DICOM, or an object of
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
func Read(path string) (m *Image, err error) {
	defer func() {
		// the parser gives up so on some character sets and transfer syntaxes
		if fault := recover(); fault != nil {
			m, err = nil, fmt.Errorf("unreadable: %v", fault)
		}
	}()
	if is, err := isDICOM(path); err != nil {
		return nil, err
	} else if !is {
		return nil, ErrNotCT
	}
	ds, err := dicom.ParseFile(path, nil, dicom.SkipProcessingPixelDataValue())
	if err != nil {
		return nil, err
	}
	m = &Image{dataset: ds, order: binary.LittleEndian}
	if m.Text(tag.SOPClassUID) != ImageStorage {
		return nil, ErrNotCT
	}
	if m.Text(tag.TransferSyntaxUID) == "1.2.840.10008.1.2.2" {
		m.order = binary.BigEndian
	}
	return m, m.readPixels()
}

// isDICOM reports whether a file has the preamble of a DICOM file (PS3.10 §7.1).
func isDICOM(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	var head [132]byte
	_, err = io.ReadFull(f, head[:])
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return false, nil
	}
	return string(head[128:]) == "DICM", err
}

// readPixels checks that the pixels are what a CT has, and how they are to be
// read (PS3.3 §C.8.2.1).
func (m *Image) readPixels() error {
	element, err := m.dataset.FindElementByTag(tag.PixelData)
	if err != nil {
		return errors.New("without pixel data")
	}
	info := dicom.MustGetPixelDataInfo(element.Value)
	if info.IsEncapsulated {
		return errors.New("compressed pixel data: send it uncompressed, or let a step before decompress it")
	}
	m.pixels = info.UnprocessedValueData
	m.Rows, m.Columns, m.bits = m.number(tag.Rows), m.number(tag.Columns), m.number(tag.BitsStored)
	m.signed = m.number(tag.PixelRepresentation) == 1
	if allocated := m.number(tag.BitsAllocated); allocated != 16 || m.bits < 1 || m.bits > 16 {
		return fmt.Errorf("%d bits allocated and %d stored, where a CT has 16 and up to 16", allocated, m.bits)
	}
	if need := 2 * m.Rows * m.Columns; need == 0 || len(m.pixels) < need {
		return fmt.Errorf("%d bytes of pixel data for %d rows and %d columns", len(m.pixels), m.Rows, m.Columns)
	}
	var errSlope, errIntercept error
	m.slope, errSlope = strconv.ParseFloat(m.Text(tag.RescaleSlope), 64)
	m.intercept, errIntercept = strconv.ParseFloat(m.Text(tag.RescaleIntercept), 64)
	if errSlope != nil || errIntercept != nil || m.slope == 0 || math.IsNaN(m.slope*m.intercept) {
		return errors.New("without a usable rescale slope and intercept, so that its values have no unit")
	}
	return nil
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

// Text returns the first value of an element, "" if it is missing.
func (m *Image) Text(t tag.Tag) string {
	if values := m.Texts(t); len(values) > 0 {
		return values[0]
	}
	return ""
}

// Texts returns the values of a text element.
func (m *Image) Texts(t tag.Tag) []string {
	element, err := m.dataset.FindElementByTag(t)
	if err != nil || element.Value.ValueType() != dicom.Strings {
		return nil
	}
	return dicom.MustGetStrings(element.Value)
}

// number returns the value of a numeric element, 0 if it is missing.
func (m *Image) number(t tag.Tag) int {
	element, err := m.dataset.FindElementByTag(t)
	if err != nil || element.Value.ValueType() != dicom.Ints {
		return 0
	}
	if values := dicom.MustGetInts(element.Value); len(values) > 0 {
		return values[0]
	}
	return 0
}
