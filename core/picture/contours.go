package picture

import (
	"errors"
	"math"
	"slices"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// point is a place in the picture.
type point struct{ x, y float64 }

// structures draws the closed contours of regions that lie in the picture's plane: those
// that are nearest, and refer to the image if they refer to one (PS3.3 §C.8.8.6).
func (c *canvas) structures(h *dcm.Header, items []Item) error {
	if c.plane == nil {
		return errors.New("the image does not say where it lies, so contours cannot be drawn over it")
	}
	if !c.plane.sized() {
		return errUnsized
	}
	if slices.Contains(h.Omitted, tagROIContours) {
		return errors.New("it has more contours than are read")
	}
	in := map[int]dcm.UID{}
	for region := range h.Items(tagStructureSetROI) {
		in[whole(region, tagROINumber, 0)] = region.UID(tagROIFrameOfReference)
	}
	for region := range h.Items(tagROIContours) {
		number := whole(region, tagReferencedROI, 0)
		i := slices.IndexFunc(items, func(item Item) bool { return item.Number == number })
		if i < 0 {
			continue
		}
		elsewhere := in[number] != "" && in[number] != c.source.UID(tagFrameOfReference)
		var polygons []polygon
		for contour := range region.Items(tagContours) {
			if p := c.contour(contour, elsewhere); len(p.points) > 2 {
				polygons = append(polygons, p)
			}
		}
		// those of a neighbour would cut rings out of the slice's own
		polygons = nearest(polygons, func(p polygon) float64 { return p.off })
		if len(polygons) > 0 {
			m := c.mask()
			c.fill(m, polygons)
			c.tint(m, items[i])
		}
	}
	return nil
}

// polygon is a contour in the picture.
type polygon struct {
	points []point
	off    float64 // how far it is from the slice
}

// contour is one as the picture has it; none: it is not closed, or not of the picture.
func (c *canvas) contour(contour dcm.Item, elsewhere bool) (p polygon) {
	if kind := word(contour, tagContourType); kind != "CLOSED_PLANAR" && kind != "CLOSEDPLANAR_XOR" {
		return p
	}
	referring, ours := false, false
	for image := range contour.Items(tagContourImage) {
		referring = true
		ours = ours || c.refers(image)
	}
	if referring && !ours || !referring && elsewhere {
		return p
	}
	numbers := floats(contour, tagContourData)
	for ; len(numbers) >= 3; numbers = numbers[3:] {
		at := vector(numbers[:3])
		off := c.plane.off(at)
		if !c.reaches(off) {
			return polygon{}
		}
		column, row := c.plane.pixel(at)
		p.points = append(p.points, point{(column + 0.5) / c.dx, (row + 0.5) / c.dy})
		p.off += (off - p.off) / float64(len(p.points)) // in the middle
	}
	return p
}

// fill covers what lies inside an odd number of polygons: a contour inside of another
// is a hole. What is too thin for that is covered by its outline.
func (c *canvas) fill(m mask, polygons []polygon) {
	wide, high := c.picture.Bounds().Dx(), c.picture.Bounds().Dy()
	crossings := make([][]float64, high)
	for _, p := range polygons {
		for i, a := range p.points {
			b := p.points[(i+1)%len(p.points)]
			c.line(m, a, b)
			if a.y > b.y {
				a, b = b, a
			}
			// rows whose middles lie from a to b
			for y := max(0, int(math.Ceil(clip(a.y, high)-0.5))); y < high && float64(y)+0.5 < b.y; y++ {
				if middle := float64(y) + 0.5; middle >= a.y {
					crossings[y] = append(crossings[y], a.x+(middle-a.y)/(b.y-a.y)*(b.x-a.x))
				}
			}
		}
	}
	for y, at := range crossings {
		slices.Sort(at)
		for i := 0; i+1 < len(at); i += 2 {
			for x := max(0, int(math.Ceil(clip(at[i], wide)-0.5))); x < wide && float64(x)+0.5 < at[i+1]; x++ {
				m[y*wide+x] = 255
			}
		}
	}
}

// line covers the pixels of a line that are in the picture.
func (c *canvas) line(m mask, a, b point) {
	wide, high := c.picture.Bounds().Dx(), c.picture.Bounds().Dy()
	a, b = point{clip(a.x, wide), clip(a.y, high)}, point{clip(b.x, wide), clip(b.y, high)}
	steps := max(1, int(math.Ceil(max(math.Abs(b.x-a.x), math.Abs(b.y-a.y)))))
	for i := range steps + 1 {
		t := float64(i) / float64(steps)
		x, y := int(math.Floor(a.x+t*(b.x-a.x))), int(math.Floor(a.y+t*(b.y-a.y)))
		if x >= 0 && y >= 0 && x < wide && y < high {
			m[y*wide+x] = 255
		}
	}
}

// clip keeps a place near the picture, so that what lies far away costs no time.
func clip(v float64, side int) float64 { return min(float64(side)+1, max(-1, v)) }
