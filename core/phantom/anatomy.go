package phantom

import "math"

// Attenuations of the phantom's tissues in Hounsfield units. A threshold
// between Blood and Marrow finds the bones.
const (
	Air         = -1000
	Scalp       = 40
	Bone        = 1000
	Marrow      = 450 // between the two tables of the skull
	Brain       = 34
	GrayNucleus = 42
	Fluid       = 6
	Blood       = 72
	noise       = 12 // most that noise adds or takes away
)

// ellipsoid is a body of one tissue, in millimetres of the patient's
// coordinates: x to the left, y to the back, z to the head (PS3.3
// §C.7.6.2.1.1). Its axes a, b, c are parallel to those, save that the first
// two are turned by an angle.
type ellipsoid struct {
	x, y, z  float64
	a, b, c  float64
	turn     float64 // in degrees, from x towards y
	tissue   int
	cos, sin float64
}

// anatomy is painted in this order, each body over the ones before.
var anatomy = turned([]ellipsoid{
	{a: 78, b: 98, c: 92, tissue: Scalp},
	{a: 73, b: 93, c: 87, tissue: Bone},
	{a: 71, b: 91, c: 85, tissue: Marrow},
	{a: 68.5, b: 88, c: 82, tissue: Bone},
	{a: 66.5, b: 86, c: 80, tissue: Brain},
	{y: -78, z: -40, a: 13, b: 3, c: 10, tissue: Air}, // frontal sinus
	{x: -34, y: 14, z: -52, a: 27, b: 9, c: 10, turn: -30, tissue: Bone},
	{x: 34, y: 14, z: -52, a: 27, b: 9, c: 10, turn: 30, tissue: Bone}, // petrous bones
	{x: -42, y: 19, z: -52, a: 8, b: 4, c: 5, turn: -30, tissue: Air},
	{x: 42, y: 19, z: -52, a: 8, b: 4, c: 5, turn: 30, tissue: Air}, // their air cells
	{y: -50, z: -74, a: 7, b: 24, c: 18, tissue: Air},               // nose
	{x: -29, y: -45, z: -56, a: 13, b: 13, c: 13, tissue: Fluid},
	{x: 29, y: -45, z: -56, a: 13, b: 13, c: 13, tissue: Fluid}, // eyes
	{x: -13, y: -14, z: 12, a: 6, b: 30, c: 17, turn: -14, tissue: Fluid},
	{x: 13, y: -14, z: 12, a: 6, b: 30, c: 17, turn: 14, tissue: Fluid}, // lateral ventricles
	{y: 10, z: -8, a: 3, b: 12, c: 11, tissue: Fluid},                   // third ventricle
	{x: -24, y: 2, z: -2, a: 11, b: 19, c: 14, turn: -24, tissue: GrayNucleus},
	{x: 24, y: 2, z: -2, a: 11, b: 19, c: 14, turn: 24, tissue: GrayNucleus},
	{x: 40, y: 26, z: 20, a: 12, b: 17, c: 13, turn: 30, tissue: Blood},
	{x: -1, y: 32, z: 6, a: 3.5, b: 3, c: 4, tissue: Bone}, // calcified pineal gland
})

func turned(bodies []ellipsoid) []ellipsoid {
	for i := range bodies {
		bodies[i].sin, bodies[i].cos = math.Sincos(bodies[i].turn * math.Pi / 180)
	}
	return bodies
}

// At returns the attenuation without noise at a point of the patient's
// coordinates, in Hounsfield units and millimetres.
func At(x, y, z float64) int {
	tissue := Air
	for _, e := range anatomy {
		u, v := e.own(x-e.x, y-e.y)
		if h := (z - e.z) / e.c; u*u/(e.a*e.a)+v*v/(e.b*e.b)+h*h <= 1 {
			tissue = e.tissue
		}
	}
	return tissue
}

// own turns a vector into the body's own axes.
func (e ellipsoid) own(dx, dy float64) (u, v float64) {
	return dx*e.cos + dy*e.sin, dy*e.cos - dx*e.sin
}

// Position returns where the middle of a pixel lies in millimetres of the
// patient's coordinates, for slices of this many rows and columns.
func Position(column, row, size int) (x, y float64) {
	spacing := Width / float64(size)
	return (float64(column)+0.5)*spacing - Width/2, (float64(row)+0.5)*spacing - Width/2
}

// intercept is what a stored value has to have added to be in Hounsfield units.
const intercept = -1024

// render paints the slice at z into stored values. It goes row by row and fills
// what each body covers of a row, so that the cost is that of the memory it
// writes.
func render(pixels []uint16, size int, z float64) {
	spacing := Width / float64(size)
	for row := range size {
		line := pixels[row*size : (row+1)*size]
		for i := range line {
			line[i] = Air - intercept
		}
		_, y := Position(0, row, size)
		for _, e := range anatomy {
			left, right, ok := e.chord(y, z)
			if !ok {
				continue
			}
			first := max(0, int(math.Ceil((left+Width/2)/spacing-0.5)))
			last := min(size-1, int(math.Floor((right+Width/2)/spacing-0.5)))
			for i := first; i <= last; i++ {
				line[i] = uint16(e.tissue - intercept)
			}
		}
		grain(line, uint32(row)*0x9E3779B9^math.Float32bits(float32(z)))
	}
}

// chord returns where the row at y, z enters and leaves the body.
func (e ellipsoid) chord(y, z float64) (left, right float64, ok bool) {
	h := (z - e.z) / e.c
	rest := 1 - h*h
	if rest <= 0 {
		return 0, 0, false
	}
	dy := y - e.y
	// u = dx cos + dy sin and v = dy cos - dx sin make u²/a² + v²/b² = rest a
	// quadratic equation in dx.
	a2, b2 := e.a*e.a, e.b*e.b
	p := e.cos*e.cos/a2 + e.sin*e.sin/b2
	q := dy * e.sin * e.cos * (1/a2 - 1/b2)
	r := dy*dy*(e.sin*e.sin/a2+e.cos*e.cos/b2) - rest
	root := q*q - p*r
	if root < 0 {
		return 0, 0, false
	}
	half := math.Sqrt(root)
	return e.x + (-q-half)/p, e.x + (-q+half)/p, true
}

// grain adds the same noise to a row each time.
func grain(line []uint16, state uint32) {
	for i := range line {
		state = state*1664525 + 1013904223
		line[i] += uint16(state>>16%(2*noise+1)) - noise
	}
}
