package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// dataset is an object for tests in explicit little endian: what each element is
// written as. A []dataset is a sequence.
type dataset map[dcm.Tag]any

// encode writes the elements in order.
func (d dataset) encode() (b []byte) {
	tags := make([]dcm.Tag, 0, len(d))
	for t := range d {
		tags = append(tags, t)
	}
	slices.Sort(tags)
	for _, t := range tags {
		kind, value := "LO", []byte(nil)
		switch v := d[t].(type) {
		case string:
			value = []byte(v)
			if strings.HasPrefix(v, "1.") && t != tagPosition {
				kind = "UI"
			}
		case int:
			kind, value = "US", binary.LittleEndian.AppendUint16(nil, uint16(v))
		case []uint16:
			kind = "OW"
			for _, word := range v {
				value = binary.LittleEndian.AppendUint16(value, word)
			}
		case []byte:
			kind, value = "OB", v
		case []dataset:
			kind = "SQ"
			for _, item := range v {
				inside := item.encode()
				value = append(value, 0xfe, 0xff, 0x00, 0xe0)
				value = binary.LittleEndian.AppendUint32(value, uint32(len(inside)))
				value = append(value, inside...)
			}
		default:
			panic(fmt.Sprintf("%v is %T", t, v))
		}
		if len(value)%2 == 1 {
			value = append(value, map[bool]byte{true: ' ', false: 0}[kind == "LO"])
		}
		b = binary.LittleEndian.AppendUint16(b, t.Group())
		b = binary.LittleEndian.AppendUint16(b, t.Element())
		switch kind {
		case "OW", "OB", "SQ":
			b = append(b, kind[0], kind[1], 0, 0)
			b = binary.LittleEndian.AppendUint32(b, uint32(len(value)))
		default:
			b = append(b, kind[0], kind[1])
			b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
		}
		b = append(b, value...)
	}
	return b
}

// file is the object as a Part 10 file.
func (d dataset) file() []byte {
	b := append(make([]byte, 128), "DICM"...)
	b = append(b, dataset{dcm.TransferSyntaxUID: string(dcm.ExplicitVRLittleEndian)}.encode()...)
	return append(b, d.encode()...)
}

// with is the object with other elements.
func (d dataset) with(other dataset) dataset {
	all := dataset{}
	for _, from := range []dataset{d, other} {
		for t, v := range from {
			if all[t] = v; v == nil {
				delete(all, t)
			}
		}
	}
	return all
}

const (
	testSeries = "1.2.3"
	testFrame  = "1.2.4" // of reference
	ctStorage  = "1.2.840.10008.5.1.4.1.1.2"
)

// gray is an image of 16 bits whose values are these, in rows of so many.
func gray(columns int, pixels ...uint16) dataset {
	return dataset{
		dcm.SOPClassUID: ctStorage, dcm.SOPInstanceUID: "1.2.3.1", dcm.SeriesInstanceUID: testSeries, dcm.Modality: "CT", tagFrameOfReference: testFrame,
		tagSamplesPerPixel: 1, tagPhotometric: "MONOCHROME2", tagRows: len(pixels) / columns, tagColumns: columns, tagBitsAllocated: 16, tagBitsStored: 16, tagHighBit: 15,
		dcm.PixelRepresentation: 0, dcm.PixelData: pixels,
	}
}

// slice is a CT slice of 8 by 8 pixels at a height, of pixels of 2 mm.
func slice(n int, z float64) dataset {
	return gray(8, make([]uint16, 64)...).with(dataset{
		dcm.SOPInstanceUID: fmt.Sprintf("1.2.3.%d", n), tagInstanceNumber: fmt.Sprint(n), tagPosition: fmt.Sprintf(`-7\-7\%g`, z), tagOrientation: `1\0\0\0\1\0`,
		tagPixelSpacing: `2\2`, tagSliceThickness: "3",
	})
}

func sized(b []byte) Sized { return Sized{bytes.NewReader(b), int64(len(b))} }

// drawn draws objects.
func drawn(t *testing.T, job Job, objects ...dataset) image.Image {
	t.Helper()
	var files []Sized
	for _, o := range objects {
		files = append(files, sized(o.file()))
	}
	var b bytes.Buffer
	if err := Draw(&b, job, files); err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// pixels are the colors that the pixels of an image have in its picture, in its
// order: gray ones as two digits.
func pixels(picture image.Image, columns, rows int) (all []string) {
	wide, high := picture.Bounds().Dx(), picture.Bounds().Dy()
	for row := range rows {
		for column := range columns {
			at := func(i, of, side int) int { return int((float64(i) + 0.5) * float64(side) / float64(of)) }
			c := color.RGBAModel.Convert(picture.At(at(column, columns, wide), at(row, rows, high))).(color.RGBA)
			text := fmt.Sprintf("%02x%02x%02x", c.R, c.G, c.B)
			if c.R == c.G && c.G == c.B {
				text = text[:2]
			}
			all = append(all, text)
		}
	}
	return all
}

// full is the window in which 0 is black and 255 is white, linearly.
var full = Window{Name: "0", Center: 127.5, Width: 255, Function: "LINEAR_EXACT"}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
