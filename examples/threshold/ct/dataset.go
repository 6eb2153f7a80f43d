package ct

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

const explicitVRBigEndian = "1.2.840.10008.1.2.2"

// hidden stands for (0008,0005) while a file is parsed: see [readDataset].
var hidden = tag.Tag{Group: tag.SpecificCharacterSet.Group, Element: tag.SpecificCharacterSet.Element - 1}

// readDataset parses a file and leaves the bytes of its text as they are. The
// parser would decode them by the character set that the file declares, and not
// all of them well: so that element is hidden from it.
func readDataset(path string) (ds dicom.Dataset, order binary.ByteOrder, err error) {
	defer func() {
		// the parser gives up so on some transfer syntaxes
		if fault := recover(); fault != nil {
			err = fmt.Errorf("unreadable: %v", fault)
		}
	}()
	data, err := os.ReadFile(path)
	if err != nil {
		return ds, nil, err
	}
	header, err := dcm.ScanFile(bytes.NewReader(data))
	if errors.Is(err, dcm.ErrNotDICOM) {
		return ds, nil, ErrNotCT
	}
	order = binary.LittleEndian
	if header.TransferSyntax == explicitVRBigEndian {
		order = binary.BigEndian
	}
	charset, declared := header.Text(dcm.SpecificCharacterSet)
	if declared {
		at := bytes.Index(data[header.DatasetOffset:], encoded(order, tag.SpecificCharacterSet))
		if at < 0 {
			return ds, nil, errors.New("deflated data set: send it uncompressed")
		}
		copy(data[header.DatasetOffset+int64(at):], encoded(order, hidden))
	}
	ds, err = dicom.Parse(bytes.NewReader(data), int64(len(data)), nil, dicom.SkipProcessingPixelDataValue())
	for i, e := range ds.Elements {
		if e.Tag == hidden && err == nil {
			ds.Elements[i], err = dicom.NewElement(tag.SpecificCharacterSet, strings.Split(charset, `\`))
		}
	}
	return ds, order, err
}

func encoded(order binary.ByteOrder, t tag.Tag) []byte {
	b := make([]byte, 4)
	order.PutUint16(b, t.Group)
	order.PutUint16(b[2:], t.Element)
	return b
}

// Element returns an element, nil if it is missing. Its text has the bytes that
// the file has.
func (m *Image) Element(t tag.Tag) *dicom.Element {
	e, err := m.dataset.FindElementByTag(t)
	if err != nil {
		return nil
	}
	return e
}

// Texts returns the values of a text element, nil if it is missing or empty.
func (m *Image) Texts(t tag.Tag) []string {
	e := m.Element(t)
	if e == nil || e.Value.ValueType() != dicom.Strings {
		return nil
	}
	if texts := dicom.MustGetStrings(e.Value); strings.Join(texts, "") != "" {
		return texts
	}
	return nil
}

// Text returns the first value of a text element, "" if it is missing.
func (m *Image) Text(t tag.Tag) string { return append(m.Texts(t), "")[0] }

// Floats returns the values of an element of decimal strings; nil if it is
// missing, or if one of them is not a number.
func (m *Image) Floats(t tag.Tag) (list []float64) {
	for _, text := range m.Texts(t) {
		v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		list = append(list, v)
	}
	return list
}

// number returns the value of an element of binary numbers, 0 if it is missing.
func (m *Image) number(t tag.Tag) int {
	e := m.Element(t)
	if e == nil || e.Value.ValueType() != dicom.Ints {
		return 0
	}
	return append(dicom.MustGetInts(e.Value), 0)[0]
}
