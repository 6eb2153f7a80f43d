package picture

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// Job is a picture that is to be drawn.
type Job struct {
	Frame  int    `json:"frame"` // from 0
	Window Window `json:"window"`
	Over   []Over `json:"over"`
	// Step is [Series.Step] of the frame's series.
	Step float64 `json:"step,omitempty"`
}

// Over are the items of one object that are drawn over the picture. It is the next
// file of the job.
type Over struct {
	Items []Item `json:"items"`
}

// File is an object to be drawn, uncompressed.
type File interface {
	io.Reader
	io.ReaderAt
}

// Sized is a file with its length in bytes.
type Sized struct {
	File
	Size int64
}

// A picture has at least and at most so many pixels on its longer side: a small image
// is enlarged, and a large one is drawn by some of its pixels.
const (
	leastSide = 512
	mostSide  = 1024
)

// What is kept of a header while a picture is drawn, which has more of it than a list
// needs: the contours of a structure set are part of its header.
const (
	mostHeader = 96 << 20
	mostValue  = 8 << 20
)

var scanner = dcm.Scanner{Longest: mostValue, Most: mostHeader}

// Draw draws a frame of the first file, with what the others have over it, as a PNG.
// An error says what is wrong with the object, in words that hold nothing of it.
func Draw(w io.Writer, job Job, files []Sized) error {
	if len(files) != 1+len(job.Over) {
		return fmt.Errorf("%d files for a picture with %d objects over it", len(files), len(job.Over))
	}
	h, err := scanner.File(files[0])
	if err != nil {
		return fmt.Errorf("its header cannot be read: %w", plain(err))
	}
	c := &canvas{source: h, frame: job.Frame, plane: planeOf(h, job.Frame), half: halfOf(h, job.Frame, job.Step)}
	if err := c.image(job, files[0]); err != nil {
		return err
	}
	for i, over := range job.Over {
		if err := c.over(over.Items, files[1+i]); err != nil {
			return fmt.Errorf("what is to be drawn over it: %w", err)
		}
	}
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	return encoder.Encode(w, c.picture)
}

// plain is an error of the scanner without what it says of elements.
func plain(err error) error {
	for _, known := range []error{dcm.ErrNotDICOM, dcm.ErrMalformed, dcm.ErrHeaderTooLong, io.ErrUnexpectedEOF} {
		if errors.Is(err, known) {
			return known
		}
	}
	return errors.New("it cannot be read")
}

// canvas is a picture that is being drawn.
type canvas struct {
	source  *dcm.Header
	frame   int
	plane   *plane  // where the frame lies; nil: unknown
	half    float64 // see [halfOf]
	picture *image.RGBA
	// how many pixels of the image one of the picture is wide and high
	dx, dy float64
}

// at is the pixel of the image that a pixel of the picture is of.
func (c *canvas) at(x, y int) (column, row int) {
	return int((float64(x) + 0.5) * c.dx), int((float64(y) + 0.5) * c.dy)
}

// sides are how large the picture of an image is, whose pixels may be longer than
// they are wide.
func sides(rows, columns int, aspect float64) (wide, high int) {
	w, h := float64(columns), float64(rows)*min(20, max(0.05, aspect))
	scale := 1.0
	switch longer := max(w, h); {
	case longer < leastSide:
		scale = math.Ceil(leastSide / longer)
	case longer > mostSide:
		scale = mostSide / longer
	}
	return max(1, int(math.Round(w*scale))), max(1, int(math.Round(h*scale)))
}

// aspect is how much longer a pixel is than wide.
func aspect(h *dcm.Header, frame int) float64 {
	for _, spacing := range [][]float64{
		floats(group(h, frame, tagPixelMeasures), tagPixelSpacing), floats(h, tagImagerPixelSpacing), floats(h, tagPixelAspectRatio),
	} {
		if len(spacing) == 2 && spacing[0] > 0 && spacing[1] > 0 {
			return spacing[0] / spacing[1]
		}
	}
	return 1
}

// image draws the frame.
func (c *canvas) image(job Job, file Sized) error {
	f, err := frameOf(c.source, file, file.Size, job.Frame)
	if err != nil {
		return plainEnd(err)
	}
	wide, high := sides(f.rows, f.columns, aspect(c.source, job.Frame))
	c.dx, c.dy = float64(f.columns)/float64(wide), float64(f.rows)/float64(high)
	c.picture = image.NewRGBA(image.Rect(0, 0, wide, high))
	switch f.photometric {
	case "MONOCHROME1", "MONOCHROME2":
		return c.gray(job, f)
	case "PALETTE COLOR":
		p, err := paletteOf(c.source)
		if err != nil {
			return err
		}
		return c.each(f, func(x, y, column int) { c.set(x, y, p.color, f.value(column)) })
	}
	return c.each(f, func(x, y, column int) {
		r, g, b := f.color(column)
		c.picture.SetRGBA(x, y, color.RGBA{r, g, b, 255})
	})
}

func (c *canvas) set(x, y int, color3 func(int64) (r, g, b uint8), value int64) {
	r, g, b := color3(value)
	c.picture.SetRGBA(x, y, color.RGBA{r, g, b, 255})
}

// each goes through the pixels of the picture, with the column of the image that each
// is of; its row is in memory.
func (c *canvas) each(f *frame, do func(x, y, column int)) error {
	bounds := c.picture.Bounds()
	for y := range bounds.Dy() {
		_, row := c.at(0, y)
		if err := f.read(min(row, f.rows-1)); err != nil {
			return err
		}
		for x := range bounds.Dx() {
			column, _ := c.at(x, y)
			do(x, y, min(column, f.columns-1))
		}
	}
	return nil
}

// gray draws values in a window.
func (c *canvas) gray(job Job, f *frame) error {
	transformed := group(c.source, job.Frame, tagPixelTransformation)
	slope, intercept := 1.0, 0.0
	if v := floats(transformed, tagSlope); len(v) == 1 && v[0] != 0 {
		slope = v[0]
	}
	if v := floats(transformed, tagIntercept); len(v) == 1 {
		intercept = v[0]
	}
	wide := c.picture.Bounds().Dx()
	shown := make([]float32, wide*c.picture.Bounds().Dy())
	err := c.each(f, func(x, y, column int) {
		value := float64(f.value(column))*slope + intercept
		shown[y*wide+x] = float32(min(math.MaxFloat32, max(-math.MaxFloat32, value)))
	})
	if err != nil {
		return err
	}
	window := windowOf(job.Window, c.source, job.Frame, shown)
	for i, v := range shown {
		shade := window.shade(float64(v))
		if f.photometric == "MONOCHROME1" {
			shade = 1 - shade
		}
		gray := uint8(math.Round(255 * min(1, max(0, shade))))
		c.picture.SetRGBA(i%wide, i/wide, color.RGBA{gray, gray, gray, 255})
	}
	return nil
}

// plainEnd says in words how pixel data ends too early.
func plainEnd(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("its pixel data is shorter than it says")
	}
	return err
}

// over draws items of an object over the picture.
func (c *canvas) over(items []Item, file Sized) error {
	h, err := scanner.File(file)
	if err != nil {
		return fmt.Errorf("its header cannot be read: %w", plain(err))
	}
	switch h.UID(dcm.SOPClassUID) {
	case segmentationStorage:
		return plainEnd(c.segmentation(h, file, items))
	case structureSetStorage:
		return c.structures(h, items)
	}
	return errors.New("it is neither a segmentation nor a structure set")
}

// mask is how much of each pixel of the picture an item covers.
type mask []uint8

func (c *canvas) mask() mask { return make(mask, c.picture.Bounds().Dx()*c.picture.Bounds().Dy()) }

// A mask is laid over the image so thick, but for its edge, which hides it.
const thickness = 0.35

// tint draws a mask in a color.
func (c *canvas) tint(m mask, item Item) {
	wide, high := c.picture.Bounds().Dx(), c.picture.Bounds().Dy()
	paint := item.Color.rgba()
	for i, covered := range m {
		if covered == 0 {
			continue
		}
		x, y := i%wide, i/wide
		edge := x > 0 && m[i-1] == 0 || x < wide-1 && m[i+1] == 0 || y > 0 && m[i-wide] == 0 || y < high-1 && m[i+wide] == 0
		much := thickness * float64(covered) / 255
		if edge {
			much = 1
		}
		under := c.picture.RGBAAt(x, y)
		mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-much) + float64(b)*much)) }
		c.picture.SetRGBA(x, y, color.RGBA{mix(under.R, paint.R), mix(under.G, paint.G), mix(under.B, paint.B), 255})
	}
}
