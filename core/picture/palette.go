package picture

import (
	"errors"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// palette is the three tables of an image of PALETTE COLOR (PS3.3 §C.7.6.3.1.5).
type palette struct {
	first  int64
	tables [3][]uint8
}

func paletteOf(h *dcm.Header) (p palette, err error) {
	for i := range p.tables {
		descriptor, words := h.Words(0x00281101+dcm.Tag(i)), h.Words(0x00281201+dcm.Tag(i))
		if len(descriptor) != 3 || len(words) == 0 {
			return p, errors.New("its palette is missing, or is one that is not drawn")
		}
		entries := int(descriptor[0])
		if entries == 0 {
			entries = 1 << 16
		}
		p.first = int64(descriptor[1])
		if whole(h, dcm.PixelRepresentation, 0) == 1 {
			p.first = int64(int16(descriptor[1]))
		}
		for k := range entries {
			switch {
			case descriptor[2] == 16 && k < len(words):
				p.tables[i] = append(p.tables[i], uint8(words[k]>>8))
			case descriptor[2] == 8 && len(words) >= entries && k < len(words):
				p.tables[i] = append(p.tables[i], uint8(words[k]))
			case descriptor[2] == 8 && k/2 < len(words): // two to a word
				p.tables[i] = append(p.tables[i], uint8(words[k/2]>>(k%2*8)))
			default:
				return p, errors.New("its palette ends too early")
			}
		}
	}
	return p, nil
}

// color is what a value stands for: those before and after the table for its ends.
func (p palette) color(value int64) (r, g, b uint8) {
	at := func(table []uint8) uint8 { return table[max(0, min(value-p.first, int64(len(table)-1)))] }
	return at(p.tables[0]), at(p.tables[1]), at(p.tables[2])
}
