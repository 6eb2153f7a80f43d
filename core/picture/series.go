package picture

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// Series is slices in the order in which they lie in the patient.
type Series struct {
	Output      bool
	Modality    string
	Description string
	Rows        int // of its middle slice
	Columns     int
	Windows     []Window
	Step        float64 // the least distance of two neighbours, in millimetres; 0: unknown
	Slices      []Slice
	Overlays    []Overlay
}

// Slice is one frame of an object.
type Slice struct {
	Object *Object
	Frame  int // from 0
}

// Overlay is an item that can be drawn over the slices of a series.
type Overlay struct {
	Item
	Object *Object
}

// mostOverlays bounds what can be chosen from over one series.
const mostOverlays = 100

// Middle is the index of the slice in the middle.
func (s *Series) Middle() int { return len(s.Slices) / 2 }

// List is what there are pictures of.
type List struct {
	Series []*Series
	// Homeless are objects to be drawn over images that are not in the list.
	Homeless []*Object
	// Cut says that slices are left out, where objects claim to have too many.
	Cut string
}

// SeriesOf sorts objects into series of images: inputs first, in the order in which
// they come, the slices of each by their places.
func SeriesOf(objects []*Object) (list List) {
	type key struct {
		output bool
		series dcm.UID
	}
	byKey := map[key][]*Object{}
	var order []key
	for _, o := range objects {
		k := key{o.Output, o.Series}
		if !o.Image() {
			continue
		}
		if byKey[k] == nil {
			order = append(order, k)
		}
		byKey[k] = append(byKey[k], o)
	}
	slices.SortStableFunc(order, func(a, b key) int { return compareBool(a.output, b.output) })
	room := mostSlices
	for _, k := range order {
		one, all := newSeries(byKey[k], objects, min(room, mostFrames))
		if !all {
			list.Cut = "There are more slices than are listed, which are the first 20,000 of a series and 50,000 in all."
		}
		if room -= len(one.Slices); len(one.Slices) > 0 {
			list.Series = append(list.Series, one)
		}
	}
	for _, o := range objects {
		if o.Over() && !slices.ContainsFunc(list.Series, func(s *Series) bool { return o.over(s.Slices[0].Object) }) {
			list.Homeless = append(list.Homeless, o)
		}
	}
	return list
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// newSeries is one of at most so many slices, and whether these are all.
func newSeries(images, objects []*Object, most int) (s *Series, all bool) {
	s = &Series{Step: arrange(images), Output: images[0].Output, Modality: images[0].Modality, Description: images[0].Description}
	claimed := 0
	for _, o := range images {
		claimed += o.Frames
		for frame := range min(o.Frames, most-len(s.Slices)) {
			s.Slices = append(s.Slices, Slice{o, frame})
		}
	}
	if len(s.Slices) == 0 {
		return s, false
	}
	middle := s.Slices[s.Middle()].Object
	s.Rows, s.Columns, s.Windows = middle.Rows, middle.Columns, slices.Clone(middle.Windows)
	if s.Modality == "CT" {
		s.Windows = append(s.Windows, presets...)
	}
	s.Windows = append(s.Windows, Window{Name: Full, Title: "all values"})
	for _, o := range objects {
		if o.Over() && o.over(middle) {
			for _, item := range o.Items[:min(len(o.Items), mostOverlays-len(s.Overlays))] {
				item.Color = cmp.Or(item.Color, colors[len(s.Overlays)%len(colors)])
				s.Overlays = append(s.Overlays, Overlay{item, o})
			}
		}
	}
	return s, claimed == len(s.Slices)
}

// arrange sorts the images of a series: by how far they are along the normal of the
// first, if all of them lie parallel to it, else by their numbers. It returns the least
// distance of two that are not at the same place; 0: unknown.
func arrange(images []*Object) (step float64) {
	first := images[0].plane
	placed := first != nil && !slices.ContainsFunc(images, func(o *Object) bool { return o.plane == nil || !o.plane.parallel(first) })
	slices.SortStableFunc(images, func(a, b *Object) int {
		order := 0
		if placed {
			order = cmp.Compare(first.off(a.plane.origin), first.off(b.plane.origin))
		}
		return cmp.Or(order, cmp.Compare(a.Number, b.Number), strings.Compare(string(a.Instance), string(b.Instance)))
	})
	for i := 1; placed && i < len(images); i++ {
		between := math.Abs(images[i-1].plane.off(images[i].plane.origin))
		if between > onPlane && (step == 0 || between < step) {
			step = between
		}
	}
	return step
}
