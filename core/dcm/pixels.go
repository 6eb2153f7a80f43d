package dcm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Pixels is where an object has its pixel data, which is uncompressed.
type Pixels struct {
	Offset    int64 // of the first byte, from the start of what was scanned
	Length    int64 // in bytes, as many as there are
	BigEndian bool
}

// Errors of [Header.PixelData].
var (
	ErrNoPixels     = errors.New("it has no pixel data")
	ErrEncapsulated = errors.New("its pixel data is compressed")
)

// mostBeforePixels is how many elements may stand before the pixel data in its group.
const mostBeforePixels = 8

// PixelData finds the pixel data (7FE0,0010). r is what was scanned, size its
// length in bytes. A length that the data set claims and does not have is
// io.ErrUnexpectedEOF.
func (h *Header) PixelData(r io.ReaderAt, size int64) (Pixels, error) {
	if h.stopped == 0 {
		return Pixels{}, ErrNoPixels
	}
	e := &ending{r: r, enc: h.encoding, size: size, pos: h.stopped}
	for range mostBeforePixels {
		b, err := e.peek(int(min(12, e.size-e.pos)))
		if err != nil || len(b) < shortestElement {
			return Pixels{}, ErrNoPixels
		}
		tag := e.enc.tag(b)
		_, length, head := e.enc.lengths(loadDictionary(), tag, b)
		if head > len(b) || tag.Group() != PixelData.Group() {
			return Pixels{}, ErrNoPixels
		}
		e.pos += int64(head)
		if tag != PixelData {
			if err := e.skip(length); err != nil {
				return Pixels{}, ErrNoPixels
			}
			continue
		}
		found := Pixels{Offset: e.pos, Length: int64(length), BigEndian: e.enc.big}
		switch {
		case length == undefined:
			return Pixels{}, ErrEncapsulated
		case found.Length > size-found.Offset:
			return Pixels{}, fmt.Errorf("its pixel data: %w", io.ErrUnexpectedEOF)
		}
		return found, nil
	}
	return Pixels{}, ErrNoPixels
}

// Words returns the value of an element at the top as 16-bit words, such as those of
// a lookup table; none if it is missing or was too long to keep.
func (h *Header) Words(t Tag) []uint16 {
	i, ok := h.find(t, h.meta, len(h.elements))
	if !ok {
		return nil
	}
	var order binary.ByteOrder = binary.LittleEndian
	if h.elements[i].flags&flagBig != 0 {
		order = binary.BigEndian
	}
	value := h.value(i)
	words := make([]uint16, len(value)/2)
	for k := range words {
		words[k] = order.Uint16(value[2*k:])
	}
	return words
}
