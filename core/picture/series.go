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

// SeriesOf sorts objects into series of images: inputs first, in the order in which
// they come, the slices of each by their places. Homeless are objects to be drawn over
// images that are not among these.
func SeriesOf(objects []*Object) (all []*Series, homeless []*Object) {
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
	for _, k := range order {
		all = append(all, newSeries(byKey[k], objects))
	}
	for _, o := range objects {
		if o.Over() && !slices.ContainsFunc(all, func(s *Series) bool { return o.over(s.Slices[0].Object) }) {
			homeless = append(homeless, o)
		}
	}
	return all, homeless
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

func newSeries(images, all []*Object) *Series {
	s := &Series{Step: arrange(images), Output: images[0].Output, Modality: images[0].Modality, Description: images[0].Description}
	for _, o := range images {
		for frame := range o.Frames {
			if len(s.Slices) < mostFrames {
				s.Slices = append(s.Slices, Slice{o, frame})
			}
		}
	}
	middle := s.Slices[s.Middle()].Object
	s.Rows, s.Columns, s.Windows = middle.Rows, middle.Columns, slices.Clone(middle.Windows)
	if s.Modality == "CT" {
		s.Windows = append(s.Windows, presets...)
	}
	s.Windows = append(s.Windows, Window{Name: Full, Title: "all values"})
	for _, o := range all {
		if o.Over() && o.over(middle) {
			for _, item := range o.Items[:min(len(o.Items), mostOverlays-len(s.Overlays))] {
				item.Color = cmp.Or(item.Color, colors[len(s.Overlays)%len(colors)])
				s.Overlays = append(s.Overlays, Overlay{item, o})
			}
		}
	}
	return s
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
