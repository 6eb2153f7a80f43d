// Package overlay draws a CT slice with a mask over it as a PNG, for a person
// to look at.
//
// Two DICOM files go in, one picture comes out. It is a preview, not a
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
	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

// The window for bone: what is darker than black or brighter than white, in
// Hounsfield units.
const (
	black = -450
	white = 1050
)

// WritePNG draws the slice in ctFile in a bone window, the pixels that maskFile
// marks in orange over it with a brighter edge.
func WritePNG(path, ctFile, maskFile string) error {
	slice, err := ct.Read(ctFile)
	if err != nil {
		return fmt.Errorf("draw overlay: read the CT: %w", err)
	}
	mask, err := readMask(maskFile)
	if err != nil {
		return fmt.Errorf("draw overlay: read the mask: %w", err)
	}
	if len(mask) < slice.Rows*slice.Columns {
		return fmt.Errorf("draw overlay: the mask has %d pixels and the CT %d x %d", len(mask), slice.Columns, slice.Rows)
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("draw overlay: %w", err)
	}
	defer f.Close()
	if err := png.Encode(f, draw(slice, mask)); err != nil {
		return fmt.Errorf("draw overlay: %w", err)
	}
	return f.Close()
}

// readMask returns the pixels of a mask, one byte each, 0 where nothing is marked.
func readMask(path string) ([]byte, error) {
	ds, err := dicom.ParseFile(path, nil, dicom.SkipProcessingPixelDataValue())
	if err != nil {
		return nil, err
	}
	element, err := ds.FindElementByTag(tag.PixelData)
	if err != nil {
		return nil, err
	}
	info := dicom.MustGetPixelDataInfo(element.Value)
	if info.IsEncapsulated {
		return nil, errors.New("compressed pixel data")
	}
	return info.UnprocessedValueData, nil
}

func draw(slice *ct.Image, mask []byte) image.Image {
	picture := image.NewRGBA(image.Rect(0, 0, slice.Columns, slice.Rows))
	marked := func(column, row int) bool {
		return column >= 0 && row >= 0 && column < slice.Columns && row < slice.Rows && mask[row*slice.Columns+column] != 0
	}
	for row := range slice.Rows {
		for column := range slice.Columns {
			gray := (slice.Hounsfield(row*slice.Columns+column) - black) / (white - black) * 255
			shade := color.RGBA{A: 255}
			shade.R = uint8(max(0, min(255, gray)))
			shade.G, shade.B = shade.R, shade.R
			if marked(column, row) {
				edge := !marked(column-1, row) || !marked(column+1, row) || !marked(column, row-1) || !marked(column, row+1)
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
