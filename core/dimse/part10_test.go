package dimse_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// part10 makes a CT image as a DICOM file in Explicit VR Little Endian with the
// given number of bytes of pixel data.
func part10(i, pixels int) []byte {
	instance := string(instance(i))
	data := element(nil, 0x0008, 0x0016, "UI", string(ctImage))
	data = element(data, 0x0008, 0x0018, "UI", instance)
	data = element(data, 0x0008, 0x0060, "CS", "CT")
	data = element(data, 0x0010, 0x0010, "PN", "Phantom")
	data = element(data, 0x0010, 0x0020, "LO", "0")
	data = element(data, 0x0020, 0x000D, "UI", "1.2.826.0.1.3680043.2.1.7")
	data = element(data, 0x0020, 0x000E, "UI", "1.2.826.0.1.3680043.2.1.8")
	data = element(data, 0x0020, 0x0013, "IS", fmt.Sprint(i))
	data = short(data, 0x0028, 0x0002, 1)
	data = element(data, 0x0028, 0x0004, "CS", "MONOCHROME2")
	data = short(data, 0x0028, 0x0010, 512)
	data = short(data, 0x0028, 0x0011, uint16(pixels/1024))
	data = short(data, 0x0028, 0x0100, 16)
	data = short(data, 0x0028, 0x0101, 16)
	data = short(data, 0x0028, 0x0102, 15)
	data = short(data, 0x0028, 0x0103, 0)
	image, _ := io.ReadAll(pattern(int64(pixels)))
	data = element(data, 0x7FE0, 0x0010, "OW", string(image))

	meta := element(nil, 0x0002, 0x0001, "OB", "\x00\x01")
	meta = element(meta, 0x0002, 0x0002, "UI", string(ctImage))
	meta = element(meta, 0x0002, 0x0003, "UI", instance)
	meta = element(meta, 0x0002, 0x0010, "UI", string(dcm.ExplicitVRLittleEndian))
	meta = element(meta, 0x0002, 0x0012, "UI", string(dcm.ImplementationClass))

	file := append(make([]byte, 128), "DICM"...)
	file = append(file, 2, 0, 0, 0, 'U', 'L', 4, 0)
	file = binary.LittleEndian.AppendUint32(file, uint32(len(meta)))
	return append(append(file, meta...), data...)
}

func short(b []byte, group, elem, value uint16) []byte {
	return element(b, group, elem, "US", string(binary.LittleEndian.AppendUint16(nil, value)))
}

// element appends a data element in Explicit VR Little Endian.
func element(b []byte, group, elem uint16, vr, value string) []byte {
	if len(value)%2 != 0 {
		padding := " "
		if vr == "UI" {
			padding = "\x00"
		}
		value += padding
	}
	b = binary.LittleEndian.AppendUint16(b, group)
	b = binary.LittleEndian.AppendUint16(b, elem)
	b = append(b, vr...)
	if strings.Contains("OB OW", vr) {
		b = binary.LittleEndian.AppendUint32(append(b, 0, 0), uint32(len(value)))
	} else {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	}
	return append(b, value...)
}

// metaElement is one element of file meta information.
type metaElement struct {
	elem  uint16
	value string
}

// metaElements returns the file meta information of a DICOM file up to its end,
// which b may pass.
func metaElements(b []byte) []metaElement {
	if len(b) < 132 || string(b[128:132]) != "DICM" {
		return nil
	}
	var elements []metaElement
	for b = b[132:]; len(b) >= 12 && binary.LittleEndian.Uint16(b) == 2; {
		start, length := 8, int(binary.LittleEndian.Uint16(b[6:]))
		if strings.Contains("OB OW UN", string(b[4:6])) {
			start, length = 12, int(binary.LittleEndian.Uint32(b[8:]))
		}
		elements = append(elements, metaElement{binary.LittleEndian.Uint16(b[2:]), string(b[start : start+length])})
		b = b[start+length:]
	}
	return elements
}

// dataSetOf returns the data set of a DICOM file and its transfer syntax: what
// stands after the file meta information, or the whole file if it has none.
func dataSetOf(file []byte) (data []byte, ts dcm.UID) {
	elements := metaElements(file)
	if elements == nil {
		return file, ""
	}
	begin := 132
	for _, e := range elements {
		begin += 8 + len(e.value)
		if e.elem == 0x0001 || e.elem == 0x0102 { // OB has a longer header
			begin += 4
		}
		if e.elem == 0x0010 {
			ts = dcm.TrimUID(e.value)
		}
	}
	return file[begin:], ts
}
