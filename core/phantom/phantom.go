// Package phantom makes a synthetic CT series of a head, for demonstrations,
// tests and measurements.
//
// Nothing goes in but a few options; out come DICOM files that a viewer, an
// archive and a model take for a CT of a head in the manner of Shepp and Logan:
// scalp, skull, brain, ventricles and a bleeding. Every name in them says that
// they are synthetic. The pixels are the same each time and known by formula
// (see [At]), so that a test can say what a model should have found. The
// package must never be given data of real people.
package phantom

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
)

// Options say what series is made. The zero value is one of 40 slices of 512 x
// 512 pixels with new UIDs.
type Options struct {
	Slices int // number of slices; 0 = 40
	Size   int // rows and columns of a slice; 0 = 512

	// Seed names the study: the same seed gives the same UIDs, byte for byte
	// the same files. 0 gives UIDs that never were.
	Seed uint64
}

// Height and width of what the series shows, in millimetres. It is centred on
// the origin of the patient's coordinates.
const (
	Width  = 256.0 // of a slice, in both directions
	Height = 160.0 // from the lowest slice's lower face to the highest one's upper face
)

// Write makes the series in a folder, which it creates if need be, one file a
// slice from feet to head. It returns their paths in that order. A slice of the
// standard size has 526 KB.
func Write(dir string, o Options) ([]string, error) {
	if o.Slices == 0 {
		o.Slices = 40
	}
	if o.Size == 0 {
		o.Size = 512
	}
	if o.Slices < 0 || o.Size < 16 || o.Size > 4096 {
		return nil, fmt.Errorf("phantom of %d slices of %d x %d pixels: give it at least one slice of 16 to 4096 pixels", o.Slices, o.Size, o.Size)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("create folder of the phantom: %w", err)
	}
	s := newSeries(o)
	pixels := make([]uint16, o.Size*o.Size)
	paths := make([]string, 0, o.Slices)
	for i := range o.Slices {
		path := filepath.Join(dir, fmt.Sprintf("phantom-%04d.dcm", i+1))
		render(pixels, o.Size, s.z(i))
		if err := s.write(path, i, pixels); err != nil {
			return nil, fmt.Errorf("write slice %d of the phantom: %w", i+1, err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// z is the position of a slice's middle, in millimetres from the origin towards
// the head.
func (s *series) z(slice int) float64 {
	return (float64(slice)+0.5)*s.thickness - Height/2
}

// write makes the file of one slice: the elements up to the pixel data, then
// the pixels.
func (s *series) write(path string, slice int, pixels []uint16) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 64<<10)
	if err := s.header(w, slice); err != nil {
		return err
	}
	length := 2 * len(pixels)
	head := []byte{0xe0, 0x7f, 0x10, 0x00, 'O', 'W', 0, 0} // (7FE0,0010) in explicit little endian
	if _, err := w.Write(binary.LittleEndian.AppendUint32(head, uint32(length))); err != nil {
		return err
	}
	if s.bytes == nil {
		s.bytes = make([]byte, 0, length)
	}
	s.bytes = s.bytes[:0]
	for _, p := range pixels {
		s.bytes = binary.LittleEndian.AppendUint16(s.bytes, p)
	}
	if _, err := w.Write(s.bytes); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
