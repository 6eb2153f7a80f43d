package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/raddeploy/raddeploy/examples/threshold/ct"
	"github.com/suyashkumar/dicom/pkg/tag"
)

// slice is a CT image whose pixels are replaced by the mask of them.
type slice struct {
	*ct.Image
	mask  bitmap
	grid  string  // the same for slices that are parallel and of one size
	along float64 // where it lies along the normal of its plane, in millimetres
}

// newSlice says of which grid a slice is, and where it lies in it (PS3.3
// §C.7.6.2.1.1). A slice that does not say so is an error: nobody could lay its
// mask over anything.
func newSlice(image *ct.Image) (slice, error) {
	s := slice{Image: image}
	for _, uid := range []tag.Tag{tag.SOPInstanceUID, tag.SeriesInstanceUID, tag.StudyInstanceUID, tag.FrameOfReferenceUID} {
		if s.Text(uid) == "" {
			return s, missing(uid)
		}
	}
	position, spacing := s.Floats(tag.ImagePositionPatient), s.Floats(tag.PixelSpacing)
	o := s.Floats(tag.ImageOrientationPatient) // the directions of a row and of a column
	switch {
	case len(position) != 3:
		return s, missing(tag.ImagePositionPatient)
	case len(o) != 6:
		return s, missing(tag.ImageOrientationPatient)
	case len(spacing) != 2:
		return s, missing(tag.PixelSpacing)
	}
	normal := []float64{o[1]*o[5] - o[2]*o[4], o[2]*o[3] - o[0]*o[5], o[0]*o[4] - o[1]*o[3]}
	for i := range normal {
		s.along += normal[i] * position[i]
	}
	s.grid = fmt.Sprintf("%s %s %s %dx%d %.3f %.4f %.3f", s.Text(tag.StudyInstanceUID), s.Text(tag.SeriesInstanceUID),
		s.Text(tag.FrameOfReferenceUID), s.Rows, s.Columns, o, spacing, s.Floats(tag.SliceThickness))
	return s, nil
}

func missing(t tag.Tag) error {
	info, _ := tag.Find(t) // one of the standard's
	return fmt.Errorf("without a usable %s, so that a segmentation cannot say what it belongs to: have the sender keep it", info.Keyword)
}

// stacks sorts slices into those that make one segmentation each: the slices of
// one grid, in their order in space. Where a series has several slices in one
// place, such as the phases of a heart beat, each is of another stack.
func stacks(all []slice) [][]slice {
	number := func(s slice) float64 { return append(s.Floats(tag.InstanceNumber), 0)[0] }
	slices.SortStableFunc(all, func(a, b slice) int {
		return cmp.Or(cmp.Compare(a.grid, b.grid), cmp.Compare(a.along, b.along), cmp.Compare(number(a), number(b)))
	})
	const same = 1e-3 // millimetres
	var list [][]slice
	first, depth := 0, 0 // the grid's first stack, and how many slices before are in the same place
	for i, s := range all {
		switch {
		case i == 0 || s.grid != all[i-1].grid:
			first, depth = len(list), 0
		case s.along-all[i-1].along < same:
			depth++
		default:
			depth = 0
		}
		if first+depth == len(list) {
			list = append(list, nil)
		}
		list[first+depth] = append(list[first+depth], s)
	}
	return list
}
