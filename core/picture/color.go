package picture

import (
	"fmt"
	"image/color"
	"math"
)

// Color is that of what is drawn over an image, such as "#ff8c1a".
type Color string

// colors are those of what has none of its own.
var colors = []Color{"#ff8c1a", "#3fb5ff", "#5fd35f", "#ff5fa2", "#ffe14d", "#b48cff", "#2fe0c8", "#ff6b5b", "#9bd1ff", "#c6e65a"}

func colorOf(r, g, b float64) Color {
	part := func(v float64) uint8 { return uint8(math.Round(min(255, max(0, v)))) }
	return Color(fmt.Sprintf("#%02x%02x%02x", part(r), part(g), part(b)))
}

// rgba reads a color; gray: it is none.
func (c Color) rgba() color.RGBA {
	shade := color.RGBA{128, 128, 128, 255}
	_, _ = fmt.Sscanf(string(c), "#%02x%02x%02x", &shade.R, &shade.G, &shade.B) // what is not read stays gray
	return shade
}

// labColor is a color by its CIELab values as DICOM scales them, for the white point
// D50 (PS3.3 §C.10.7.1.1).
func labColor(v []float64) Color {
	l, a, b := v[0]/65535*100, v[1]/65535*255-128, v[2]/65535*255-128
	y := (l + 16) / 116
	spread := func(t float64) float64 {
		if t > 6.0/29 {
			return t * t * t
		}
		return 3 * 36.0 / 841 * (t - 4.0/29)
	}
	x, z := 0.9642*spread(y+a/500), 0.8251*spread(y-b/200)
	y = spread(y)
	gamma := func(t float64) float64 {
		if t <= 0.0031308 {
			return 255 * 12.92 * t
		}
		return 255 * (1.055*math.Pow(t, 1/2.4) - 0.055)
	}
	// from D50 to sRGB, by Bradford's adaptation
	return colorOf(gamma(3.1339*x-1.6169*y-0.4906*z), gamma(-0.9788*x+1.9161*y+0.0335*z), gamma(0.0719*x-0.2290*y+1.4052*z))
}
