package picture

import (
	"math"
	"slices"
)

type vector [3]float64

func (a vector) dot(b vector) float64  { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
func (a vector) minus(b vector) vector { return vector{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }
func (a vector) along(b vector, n float64) vector {
	return vector{a[0] + b[0]*n, a[1] + b[1]*n, a[2] + b[2]*n}
}
func (a vector) cross(b vector) vector {
	return vector{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

// plane is where an image lies in the patient, in millimetres (PS3.3 §C.7.6.2).
type plane struct {
	origin vector // the middle of its first pixel
	// unit vectors along a row and along a column
	right, down vector
	// between pixels: along a row and along a column; 0: unknown
	dx, dy float64
}

func (p *plane) normal() vector { return p.right.cross(p.down) }

// planeOf reads where a frame lies; nil: that is not said, or makes no sense.
func planeOf(h values, frame int) *plane {
	at, said := functional(h, frame, tagPlanePosition)
	if !said {
		at = h
	}
	position := floats(at, tagPosition)
	orientation := floats(group(h, frame, tagPlaneOrientation), tagOrientation)
	if len(position) != 3 || len(orientation) != 6 {
		return nil
	}
	p := &plane{origin: vector(position), right: vector(orientation[:3]), down: vector(orientation[3:])}
	if !unit(p.right) || !unit(p.down) || !(math.Abs(p.right.dot(p.down)) <= 0.01) {
		return nil
	}
	if !said && frame > 0 && !p.shift(floats(h, tagFrameOffsets), frame) {
		return nil
	}
	if spacing := floats(group(h, frame, tagPixelMeasures), tagPixelSpacing); len(spacing) == 2 && spacing[0] > 0 && spacing[1] > 0 {
		p.dy, p.dx = spacing[0], spacing[1]
	}
	return p
}

func unit(v vector) bool { return math.Abs(v.dot(v)-1) <= 0.01 }

// shift moves the plane of the first frame to a later one, by the offsets that a dose
// has: from its first frame, or along the patient's z axis (PS3.3 §C.8.8.3.2). It
// reports whether they say where that frame lies.
func (p *plane) shift(offsets []float64, frame int) bool {
	if frame >= len(offsets) {
		return false
	}
	along := p.normal()
	if offsets[0] != 0 {
		if along = (vector{0, 0, 1}); math.Abs(p.normal()[2]) < 0.999 {
			return false
		}
	}
	p.origin = p.origin.along(along, offsets[frame]-offsets[0])
	return true
}

// sized reports whether it is known how large its pixels are. The spacing at the
// detector of a projection is not that in the patient, and does not count.
func (p *plane) sized() bool { return p.dx > 0 }

// off is how far a point of the patient is from the plane, along its normal.
func (p *plane) off(at vector) float64 { return at.minus(p.origin).dot(p.normal()) }

// pixel is where a point of the patient is in the image: column and row, of which
// whole numbers are the middles of pixels. Its pixels have to have a size.
func (p *plane) pixel(at vector) (column, row float64) {
	d := at.minus(p.origin)
	return d.dot(p.right) / p.dx, d.dot(p.down) / p.dy
}

// point is where a pixel is in the patient.
func (p *plane) point(column, row float64) vector {
	return p.origin.along(p.right, column*p.dx).along(p.down, row*p.dy)
}

// parallel reports whether two planes are turned alike.
func (p *plane) parallel(q *plane) bool { return math.Abs(p.normal().dot(q.normal())) > 0.999 }

// onPlane is how far, in millimetres, what is on a plane may be from it.
const onPlane = 0.1

// halfOf is half of the thickness of a slice, or of the distance to the next one where
// slices overlap, in millimetres; 0: unknown.
func halfOf(h values, frame int, step float64) float64 {
	measures := group(h, frame, tagPixelMeasures)
	thick := floats(measures, tagSliceThickness)
	if len(thick) != 1 || !(thick[0] > 0 && thick[0] < 100) {
		return 0
	}
	least := thick[0]
	if between := floats(measures, tagBetweenSlices); len(between) == 1 && between[0] != 0 {
		least = min(least, math.Abs(between[0]))
	}
	if step > 0 {
		least = min(least, step)
	}
	return least / 2
}

// reaches reports whether what is so far from the picture's slice is of that slice.
// What lies in the middle of two slices is of one of them.
func (c *canvas) reaches(off float64) bool {
	const rounded = 1e-3
	return math.Abs(off) <= onPlane || off > -c.half+rounded && off <= c.half+rounded
}

// nearest keeps what is as far from the slice as the nearest is, on the same side.
func nearest[T any](all []T, off func(T) float64) []T {
	if len(all) == 0 {
		return nil
	}
	least := all[0]
	for _, one := range all {
		if math.Abs(off(one)) < math.Abs(off(least)) {
			least = one
		}
	}
	return slices.DeleteFunc(all, func(one T) bool { return !(math.Abs(off(one)-off(least)) <= onPlane) })
}
