// Package overlay draws a CT slice with a segmentation over it as a PNG, for a
// person to look at.
//
// DICOM files go in, one picture comes out. It is a preview, not a
// diagnostic display.
package overlay

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"

	"github.com/raddeploy/raddeploy/examples/threshold/ct"
	"github.com/suyashkumar/dicom/pkg/tag"
)

// The window for bone: what is darker than black or brighter than white, in
// Hounsfield units.
const (
	black = -450
	white = 1050
)

// WritePNG draws the slice in ctFile in a bone window, and over it in orange with
// a brighter edge the pixels that one of the segmentations marks in it.
func WritePNG(path, ctFile string, segmentations []string) error {
	slice, err := ct.Read(ctFile)
	if err != nil {
		return fmt.Errorf("draw overlay: read the CT: %w", err)
	}
	m, err := maskOf(slice, segmentations)
	if err != nil {
		return fmt.Errorf("draw overlay: %w", err)
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("draw overlay: %w", err)
	}
	defer f.Close()
	if err := png.Encode(f, draw(slice, m)); err != nil {
		return fmt.Errorf("draw overlay: %w", err)
	}
	return f.Close()
}

// maskOf finds the mask of a slice among segmentations.
func maskOf(slice *ct.Image, segmentations []string) (mask, error) {
	for _, file := range segmentations {
		m, err := readMask(file, slice.Text(tag.SOPInstanceUID))
		switch {
		case errors.Is(err, errNoFrame):
			continue
		case err != nil:
			return m, fmt.Errorf("read the segmentation: %w", err)
		case m.rows != slice.Rows || m.columns != slice.Columns:
			return m, fmt.Errorf("the mask is %d x %d pixels and the CT %d x %d", m.columns, m.rows, slice.Columns, slice.Rows)
		}
		return m, nil
	}
	return mask{}, fmt.Errorf("in %d segmentations %w", len(segmentations), errNoFrame)
}

func draw(slice *ct.Image, m mask) image.Image {
	picture := image.NewRGBA(image.Rect(0, 0, slice.Columns, slice.Rows))
	for row := range slice.Rows {
		for column := range slice.Columns {
			gray := (slice.Hounsfield(row*slice.Columns+column) - black) / (white - black) * 255
			shade := color.RGBA{A: 255}
			shade.R = uint8(max(0, min(255, gray)))
			shade.G, shade.B = shade.R, shade.R
			if m.marked(column, row) {
				edge := !m.marked(column-1, row) || !m.marked(column+1, row) || !m.marked(column, row-1) || !m.marked(column, row+1)
				shade = tint(shade, edge)
			}
			picture.SetRGBA(column, row, shade)
		}
	}
	return picture
}

// tint lays orange over a shade, half transparent inside a mask and solid along
// its edge.
func tint(under color.RGBA, edge bool) color.RGBA {
	if edge {
		return color.RGBA{R: 255, G: 220, B: 60, A: 255}
	}
	return color.RGBA{R: uint8((int(under.R) + 255) / 2), G: uint8((int(under.G) + 110) / 2), B: uint8(int(under.B) / 3), A: 255}
}
