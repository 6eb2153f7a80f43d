package picture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// frame reads the pixels of one frame of an object, row by row: what an object claims
// of its size costs no memory.
type frame struct {
	r             io.ReaderAt
	at            int64 // of the frame
	rows, columns int
	samples       int
	bytes         int // of a sample
	stored, high  int // bits (PS3.5 §8.1.1)
	signed, big   bool
	planar        bool // the samples of a color stand together
	photometric   string
	halved        bool // YBR_FULL_422

	row []byte
	of  int // the row that is there; -1: none
}

// frameOf finds a frame, whose size has to be what the file has.
func frameOf(h *dcm.Header, file io.ReaderAt, size int64, number int) (*frame, error) {
	f := &frame{
		r: file, rows: whole(h, tagRows, 0), columns: whole(h, tagColumns, 0), samples: whole(h, tagSamplesPerPixel, 1),
		photometric: word(h, tagPhotometric), signed: whole(h, dcm.PixelRepresentation, 0) == 1, planar: whole(h, tagPlanar, 0) == 1, of: -1,
	}
	bits := whole(h, tagBitsAllocated, 0)
	f.bytes, f.stored = bits/8, whole(h, tagBitsStored, bits)
	f.high = whole(h, tagHighBit, f.stored-1)
	switch {
	case f.rows <= 0 || f.columns <= 0 || f.rows > 1<<16 || f.columns > 1<<16:
		return nil, errors.New("it does not say how many rows and columns it has")
	case !slices.Contains([]int{8, 16, 32}, bits):
		return nil, fmt.Errorf("its pixels have %d bits, and those of 8, 16 and 32 are drawn", bits)
	case f.stored < 1 || f.stored > bits || f.high < f.stored-1 || f.high >= bits:
		return nil, fmt.Errorf("it says that %d bits up to bit %d of %d are stored, which cannot be", f.stored, f.high, bits)
	}
	if err := f.kind(); err != nil {
		return nil, err
	}
	pixels, err := h.PixelData(file, size)
	if err != nil {
		return nil, err
	}
	f.big = pixels.BigEndian
	if one := f.size(); int64(number) >= pixels.Length/one {
		return nil, fmt.Errorf("its pixel data has %d bytes and ends before frame %d of %d bytes does", pixels.Length, number+1, one)
	}
	f.at = pixels.Offset + int64(number)*f.size()
	return f, nil
}

// kind checks that colors are ones that are drawn (PS3.3 §C.7.6.3.1.2).
func (f *frame) kind() error {
	wants := 1
	switch f.photometric {
	case "MONOCHROME1", "MONOCHROME2", "PALETTE COLOR":
	case "RGB", "YBR_FULL", "YBR_FULL_422":
		if f.halved = f.photometric == "YBR_FULL_422"; f.bytes != 1 || f.halved && f.columns%2 == 1 {
			return fmt.Errorf("colors of %d bits a sample are not drawn", 8*f.bytes)
		}
		wants = 3
	default:
		return fmt.Errorf("its photometric interpretation is not one of those that are drawn")
	}
	if f.samples != wants {
		return fmt.Errorf("it has %d samples a pixel, and its photometric interpretation %d", f.samples, wants)
	}
	return nil
}

// size is how many bytes a frame has: it fits, since no factor has more than 17 bits.
func (f *frame) size() int64 { return int64(f.rows) * int64(f.width()) }

// width is how many bytes a row has, over all planes.
func (f *frame) width() int {
	if f.halved {
		return 2 * f.columns
	}
	return f.columns * f.samples * f.bytes
}

// read has a row in memory.
func (f *frame) read(row int) error {
	if f.of == row {
		return nil
	}
	if f.row == nil {
		f.row = make([]byte, f.width())
	}
	f.of = row
	if f.samples == 1 || !f.planar || f.halved {
		return readAt(f.r, f.row, f.at+int64(row)*int64(len(f.row)))
	}
	for plane := range f.samples { // one after the other
		if err := readAt(f.r, f.row[plane*f.columns:][:f.columns], f.at+(int64(plane)*int64(f.rows)+int64(row))*int64(f.columns)); err != nil {
			return err
		}
	}
	return nil
}

func readAt(r io.ReaderAt, b []byte, at int64) error {
	if n, err := r.ReadAt(b, at); n < len(b) {
		return fmt.Errorf("its pixel data cannot be read: %w", err)
	}
	return nil
}

// value is a pixel of one sample in the row that is there.
func (f *frame) value(column int) int64 {
	var order binary.ByteOrder = binary.LittleEndian
	if f.big {
		order = binary.BigEndian
	}
	var raw uint32
	switch b := f.row[column*f.bytes:]; f.bytes {
	case 1:
		raw = uint32(b[0])
	case 2:
		raw = uint32(order.Uint16(b))
	default:
		raw = order.Uint32(b)
	}
	raw >>= f.high + 1 - f.stored
	unused := 32 - f.stored
	if f.signed {
		return int64(int32(raw<<unused) >> unused)
	}
	return int64(raw << unused >> unused)
}

// color is a pixel of three samples in the row that is there.
func (f *frame) color(column int) (r, g, b uint8) {
	var s [3]uint8
	switch {
	case f.halved: // two pixels share their color: Y Y B R
		four := f.row[column/2*4:]
		s = [3]uint8{four[column%2], four[2], four[3]}
	case f.planar:
		s = [3]uint8{f.row[column], f.row[f.columns+column], f.row[2*f.columns+column]}
	default:
		s = [3]uint8(f.row[3*column:])
	}
	if f.photometric == "RGB" {
		return s[0], s[1], s[2]
	}
	y, blue, red := float64(s[0]), float64(s[1])-128, float64(s[2])-128
	part := func(v float64) uint8 { return uint8(min(255, max(0, v+0.5))) }
	return part(y + 1.402*red), part(y - 0.344136*blue - 0.714136*red), part(y + 1.772*blue)
}
