package picture

import (
	"errors"
	"math"
	"slices"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// point is a place in the picture.
type point struct{ x, y float64 }

// structures draws the closed contours of regions that lie in the picture's plane: by
// the image that they refer to, else by where they are (PS3.3 §C.8.8.6).
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
	near := onPlane
	if thick := floats(c.source, tagSliceThickness); len(thick) == 1 && thick[0] > 0 && thick[0] < 100 {
		near = max(near, thick[0]/2-1e-3)
	}
	for region := range h.Items(tagROIContours) {
		number := whole(region, tagReferencedROI, 0)
		i := slices.IndexFunc(items, func(item Item) bool { return item.Number == number })
		if i < 0 {
			continue
		}
		elsewhere := in[number] != "" && in[number] != c.source.UID(tagFrameOfReference)
		var polygons [][]point
		for contour := range region.Items(tagContours) {
			if polygon := c.contour(contour, near, elsewhere); len(polygon) > 2 {
				polygons = append(polygons, polygon)
			}
		}
		if len(polygons) > 0 {
			m := c.mask()
			c.fill(m, polygons)
			c.tint(m, items[i])
		}
	}
	return nil
}

// contour is one as the picture has it; none: it is not closed, or not of the picture.
func (c *canvas) contour(contour dcm.Item, near float64, elsewhere bool) (polygon []point) {
	if kind := word(contour, tagContourType); kind != "CLOSED_PLANAR" && kind != "CLOSEDPLANAR_XOR" {
		return nil
	}
	referring, ours := false, false
	for image := range contour.Items(tagContourImage) {
		referring = true
		ours = ours || c.refers(image)
	}
	if referring && !ours || !referring && elsewhere {
		return nil
	}
	numbers := floats(contour, tagContourData)
	for ; len(numbers) >= 3; numbers = numbers[3:] {
		at := vector(numbers[:3])
		column, row := c.plane.pixel(at)
		if math.Abs(c.plane.off(at)) > near && !ours {
			return nil
		}
		polygon = append(polygon, point{(column + 0.5) / c.dx, (row + 0.5) / c.dy})
	}
	return polygon
}

// fill covers what lies inside an odd number of polygons: a contour inside of another
// is a hole. What is too thin for that is covered by its outline.
func (c *canvas) fill(m mask, polygons [][]point) {
	wide, high := c.picture.Bounds().Dx(), c.picture.Bounds().Dy()
	crossings := make([][]float64, high)
	for _, polygon := range polygons {
		for i, a := range polygon {
			b := polygon[(i+1)%len(polygon)]
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
