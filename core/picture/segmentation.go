package picture

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// segmentation draws the frames of a segmentation that are of the picture's frame:
// those that lie nearest to it, and were derived from it if that is said (PS3.3 §A.51).
func (c *canvas) segmentation(h *dcm.Header, file Sized, items []Item) error {
	pixels, err := h.PixelData(file, file.Size)
	if err != nil {
		return err
	}
	s := &segments{r: file, pixels: pixels, rows: whole(h, tagRows, 0), columns: whole(h, tagColumns, 0), bits: whole(h, tagBitsAllocated, 0)}
	fractional := word(h, tagSegmentationType) == "FRACTIONAL"
	switch {
	case s.rows <= 0 || s.columns <= 0 || s.rows > 1<<16 || s.columns > 1<<16:
		return errors.New("it does not say how many rows and columns it has")
	case s.bits != 1 && s.bits != 8 || fractional && s.bits != 8:
		return fmt.Errorf("a segmentation of %d bits a pixel is not drawn", s.bits)
	}
	s.whole = 1
	if s.bits == 8 && fractional {
		s.whole = max(1, min(255, whole(h, tagMaxFractional, 255)))
	}
	found := map[int][]placed{} // of each segment
	number := -1
	for own := range h.Items(tagPerFrame) {
		number++
		segment := whole(group(frameOnly{h, own, number}, 0, tagSegmentIdentity), tagReferencedSegment, 1)
		if !slices.ContainsFunc(items, func(i Item) bool { return i.Number == segment }) {
			continue
		}
		if f := (placed{number: number, at: planeOf(frameOnly{h, own, number}, 0)}); c.isOf(own, h, &f) {
			found[segment] = append(found[segment], f)
		}
	}
	if number < 0 && slices.Contains(h.Omitted, tagPerFrame) {
		return errors.New("it has more frames than are read")
	}
	for _, item := range items {
		frames := nearest(found[item.Number], func(f placed) float64 { return f.off })
		if len(frames) == 0 {
			continue
		}
		m := c.mask()
		for _, f := range frames {
			if err := c.lay(m, s, f.number, f.at); err != nil {
				return err
			}
		}
		c.tint(m, item)
	}
	return nil
}

// placed is a frame of a segmentation that is of the picture's frame.
type placed struct {
	number int     // from 0
	at     *plane  // nil: unknown
	off    float64 // how far it is from the picture's frame
}

// frameOnly is a data set whose first frame is one of its frames: then the groups of
// that frame are found without going through those before it.
type frameOnly struct {
	values
	own    dcm.Item
	number int
}

// Text implements values. A place at the top is that of the first frame alone.
func (f frameOnly) Text(t dcm.Tag) (string, bool) {
	if t == tagPosition && f.number > 0 {
		return "", false
	}
	return f.values.Text(t)
}

// Items implements values.
func (f frameOnly) Items(sequence dcm.Tag) iter.Seq[dcm.Item] {
	if sequence == tagPerFrame {
		return func(yield func(dcm.Item) bool) { yield(f.own) }
	}
	return f.values.Items(sequence)
}

// isOf reports whether a frame of a segmentation is of the picture's frame. Many refer
// to all slices, or to an image with all of its frames: where both planes are known, a
// reference is not enough.
func (c *canvas) isOf(own dcm.Item, h *dcm.Header, f *placed) bool {
	derived, ours := false, false
	for derivation := range own.Items(tagDerivationImage) {
		for image := range derivation.Items(tagSourceImage) {
			derived = true
			ours = ours || c.refers(image)
		}
	}
	if derived && !ours {
		return false
	}
	if f.at == nil || c.plane == nil {
		return ours
	}
	frame := h.UID(tagFrameOfReference)
	if !ours && (frame == "" || frame != c.source.UID(tagFrameOfReference)) || !f.at.parallel(c.plane) {
		return false
	}
	f.off = c.plane.off(f.at.origin)
	return c.reaches(f.off)
}

// refers reports whether a reference is to the picture's frame.
func (c *canvas) refers(image values) bool {
	if of := image.UID(dcm.ReferencedSOPInstanceUID); of == "" || of != c.source.UID(dcm.SOPInstanceUID) {
		return false
	}
	of := floats(image, tagReferencedFrame)
	return len(of) == 0 || slices.Contains(of, float64(c.frame+1))
}

// segments reads the frames of a segmentation.
type segments struct {
	r             io.ReaderAt
	pixels        dcm.Pixels
	rows, columns int
	bits          int // of a pixel: 1, packed over all frames (PS3.5 §8.1.1), or 8
	whole         int // the value of a pixel that is covered wholly
}

// row reads a row of a frame: how much of each pixel is covered, up to 255.
func (s *segments) row(number, row int, b []uint8) error {
	first := (int64(number)*int64(s.rows) + int64(row)) * int64(s.columns) * int64(s.bits)
	from, to := first/8, (first+int64(s.columns*s.bits)+7)/8
	if to > s.pixels.Length {
		return fmt.Errorf("its pixel data ends before frame %d does", number+1)
	}
	packed := make([]byte, to-from)
	if err := readAt(s.r, packed, s.pixels.Offset+from); err != nil {
		return err
	}
	for i := range b {
		switch {
		case s.bits == 1:
			bit := int(first%8) + i
			b[i] = packed[bit/8] >> (bit % 8) & 1 * 255
		default:
			b[i] = uint8(min(255, int(packed[i])*255/s.whole))
		}
	}
	return nil
}

// errUnsized is why nothing is drawn over an image by its place.
var errUnsized = errors.New("the image does not say how large its pixels are, so nothing can be laid over it by its place")

// lay adds a frame of a segmentation to a mask. A frame that says where it lies may
// have other pixels than the image; one that does not has the same.
func (c *canvas) lay(m mask, s *segments, number int, at *plane) error {
	wide, high := c.picture.Bounds().Dx(), c.picture.Bounds().Dy()
	same := at == nil || c.plane == nil
	if same && (s.rows != whole(c.source, tagRows, 0) || s.columns != whole(c.source, tagColumns, 0)) {
		return fmt.Errorf("its frames have %d by %d pixels, those of the image %d by %d, and it does not say where they lie",
			s.columns, s.rows, whole(c.source, tagColumns, 0), whole(c.source, tagRows, 0))
	}
	if !same && !c.plane.sized() {
		return errUnsized
	} else if !same && !at.sized() {
		return errors.New("it does not say how large its pixels are")
	}
	rows, covered := map[int][]uint8{}, 0
	for y := range high {
		for x := range wide {
			column, row := c.at(x, y)
			if !same {
				u, v := at.pixel(c.plane.point(float64(column), float64(row)))
				column, row = int(math.Round(u)), int(math.Round(v))
			}
			if column < 0 || row < 0 || column >= s.columns || row >= s.rows {
				continue
			}
			if rows[row] == nil {
				if covered += s.columns; covered > mostCovered {
					clear(rows)
					covered = s.columns
				}
				rows[row] = make([]uint8, s.columns)
				if err := s.row(number, row, rows[row]); err != nil {
					return err
				}
			}
			m[y*wide+x] = max(m[y*wide+x], rows[row][column])
		}
	}
	return nil
}

// mostCovered bounds the rows of a frame that are in memory, in bytes.
const mostCovered = 32 << 20
