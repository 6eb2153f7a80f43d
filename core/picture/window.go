package picture

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// Window says which values are black and which are white (PS3.3 §C.11.2.1.2).
type Window struct {
	Name     string  `json:"name"` // how it is asked for
	Title    string  `json:"title"`
	Center   float64 `json:"center,omitempty"`
	Width    float64 `json:"width,omitempty"`
	Function string  `json:"function,omitempty"` // LINEAR, the default, LINEAR_EXACT or SIGMOID
}

// Full is the window of what all but a hundredth of the darkest and of the brightest
// pixels have.
const Full = "full"

// presets are the windows of Hounsfield units that everybody knows.
var presets = []Window{
	{Name: "soft", Title: "soft tissue", Center: 40, Width: 400},
	{Name: "lung", Title: "lung", Center: -600, Width: 1500},
	{Name: "bone", Title: "bone", Center: 400, Width: 1800},
	{Name: "brain", Title: "brain", Center: 40, Width: 80},
}

// own are the windows that an object has, each as what number it is.
func own(v values) (all []Window) {
	centers, widths := floats(v, tagWindowCenter), floats(v, tagWindowWidth)
	const most = 8
	titles := strings.SplitN(word(v, tagWindowExplanation), `\`, most+1)
	for i := range min(len(centers), len(widths), most) {
		w := Window{Name: strconv.Itoa(i + 1), Title: "of the object", Center: centers[i], Width: widths[i], Function: short(word(v, tagVOILUTFunction))}
		if i < len(titles) && titles[i] != "" {
			w.Title += ": " + short(titles[i])
		}
		if w.valid() {
			all = append(all, w)
		}
	}
	return all
}

// windows are those of a frame, or of its object where the frame has none.
func windows(h values, frame int) []Window {
	if all := own(group(h, frame, tagFrameVOILUT)); len(all) > 0 {
		return all
	}
	return own(h)
}

func (w Window) valid() bool {
	return w.Width >= 1 || w.Width > 0 && (w.Function == "LINEAR_EXACT" || w.Function == "SIGMOID")
}

// ParseWindow reads how a window is asked for: by the name of a preset, as the number
// of one of the object's, as "full", or as CENTER,WIDTH. "" is the object's first.
func ParseWindow(text string) (Window, error) {
	for _, w := range presets {
		if w.Name == text {
			return w, nil
		}
	}
	if center, width, both := strings.Cut(text, ","); both {
		c, err := strconv.ParseFloat(center, 64)
		width, err2 := strconv.ParseFloat(width, 64)
		if errors.Join(err, err2) == nil && !math.IsNaN(c) && math.Abs(c) < 1e9 && width >= 1 && width < 1e9 {
			return Window{Name: text, Center: c, Width: width}, nil
		}
	}
	if n, err := strconv.Atoi(text); text == "" || text == Full || err == nil && n > 0 && n < 100 {
		return Window{Name: text}, nil
	}
	return Window{}, errors.New("window is none of soft, lung, bone, brain, full, the number of one of the object's, or CENTER,WIDTH such as 40,400")
}

// shade is what a value is drawn as: 0 is black and 1 is white.
func (w Window) shade(x float64) float64 {
	switch w.Function {
	case "SIGMOID":
		return 1 / (1 + math.Exp(-4*(x-w.Center)/w.Width))
	case "LINEAR_EXACT":
		return min(1, max(0, (x-w.Center)/w.Width+0.5))
	}
	center, width := w.Center-0.5, w.Width-1
	switch {
	case x <= center-width/2:
		return 0
	case x > center+width/2:
		return 1
	}
	return (x-center)/width + 0.5
}

// windowOf chooses the window of a frame: the one that is asked for, the object's, or
// that of the values that there are.
func windowOf(asked Window, h *dcm.Header, frame int, shown []float32) Window {
	if asked.Width > 0 {
		return asked
	}
	if asked.Name != Full {
		if of := windows(h, frame); len(of) > 0 {
			return of[max(0, slices.IndexFunc(of, func(w Window) bool { return w.Name == asked.Name }))]
		}
	}
	low, high := span(shown)
	return Window{Center: (low + high) / 2, Width: max(high-low, 1e-9), Function: "LINEAR_EXACT"}
}

// span is from the first to the last of the values, without a hundredth at each end.
func span(shown []float32) (low, high float64) {
	const bins = 4096
	first, last := float32(math.Inf(1)), float32(math.Inf(-1))
	for _, v := range shown {
		first, last = min(first, v), max(last, v)
	}
	if !(first < last) {
		return float64(first), float64(first) + 1
	}
	var counts [bins]int
	scale := (bins - 1) / (float64(last) - float64(first))
	for _, v := range shown {
		counts[int((float64(v)-float64(first))*scale)]++
	}
	at := func(step int) float64 {
		left := len(shown) / 100
		i := (bins - 1) * (1 - step) / 2
		for ; i >= 0 && i < bins && left >= counts[i]; i += step {
			left -= counts[i]
		}
		return float64(first) + float64(i)/scale
	}
	low, high = at(1), at(-1)
	if low >= high {
		return float64(first), float64(last)
	}
	return low, high
}
