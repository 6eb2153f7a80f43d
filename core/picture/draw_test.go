package picture

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// Windows shade as PS3.3 §C.11.2.1.2 says, by values that were worked out by hand.
func TestWindow(t *testing.T) {
	for _, test := range []struct {
		function      string
		center, width float64
		x, want       float64
	}{
		{"", 2048, 4096, 0, 0}, // the example of the standard: 4096 values, from the first to the last
		{"", 2048, 4096, 4095, 1},
		{"", 2048, 4096, 2047.5, 0.5},
		{"LINEAR", 0, 100, -50, 0},
		{"LINEAR", 0, 100, 49, 1},
		{"LINEAR", 0, 100, 48, (48+0.5)/99 + 0.5},
		{"LINEAR", 10, 1, 9, 0}, // black up to 9.5, and white from there on
		{"LINEAR", 10, 1, 10, 1},
		{"LINEAR_EXACT", 0, 100, -50, 0},
		{"LINEAR_EXACT", 0, 100, 0, 0.5},
		{"LINEAR_EXACT", 0, 100, 25, 0.75},
		{"LINEAR_EXACT", 0, 100, 51, 1},
		{"SIGMOID", 0, 100, 0, 0.5},
		{"SIGMOID", 0, 100, 25, 1 / (1 + math.Exp(-1))},
	} {
		if got := (Window{Center: test.center, Width: test.width, Function: test.function}).shade(test.x); !near(got, test.want) {
			t.Errorf("%s %g/%g of %g is %g, want %g", test.function, test.center, test.width, test.x, got, test.want)
		}
	}
}

func TestParseWindow(t *testing.T) {
	for text, want := range map[string]Window{
		"lung": presets[1], "": {}, "full": {Name: "full"}, "2": {Name: "2"}, "-50.5,300": {Name: "-50.5,300", Center: -50.5, Width: 300},
	} {
		if got, err := ParseWindow(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"liver", "0", "-1", "40,", "40,0", "NaN,1", "1,NaN", "1e300,5", "40,400,1"} {
		if got, err := ParseWindow(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// Each way to write a pixel is drawn as what it means.
func TestPixels(t *testing.T) {
	rgb := func(photometric string, planar int, samples ...byte) dataset {
		return gray(2, 0, 0).with(dataset{tagSamplesPerPixel: 3, tagPhotometric: photometric, tagPlanar: planar, tagBitsAllocated: 8, tagBitsStored: 8, tagHighBit: 7, dcm.PixelData: samples})
	}
	red, green, blue := []uint16{0, 0x8000, 0xffff}, []uint16{0, 0x1000, 0xffff}, []uint16{0, 0x2000, 0xffff}
	for _, test := range []struct {
		name   string
		object dataset
		window Window
		want   string
	}{
		{"16 bits", gray(3, 0, 51, 255), full, "00 33 ff"},
		{"inverse", gray(3, 0, 51, 255).with(dataset{tagPhotometric: "MONOCHROME1"}), full, "ff cc 00"},
		{"8 bits", gray(2, 0, 0).with(dataset{tagBitsAllocated: 8, tagBitsStored: 8, tagHighBit: 7, dcm.PixelData: []byte{51, 255}}), full, "33 ff"},
		{"signed", gray(3, 0xff80, 0, 0x007f).with(dataset{dcm.PixelRepresentation: 1}), Window{Center: -0.5, Width: 255, Function: "LINEAR_EXACT"}, "00 80 ff"},
		{"12 bits signed", gray(2, 0x0fff, 0xf001).with(dataset{dcm.PixelRepresentation: 1, tagBitsStored: 12, tagHighBit: 11}), Window{Center: 0, Width: 2, Function: "LINEAR_EXACT"}, "00 ff"},
		{"high bit", gray(2, 0x0330, 0x0ff7).with(dataset{tagBitsStored: 8, tagHighBit: 11}), full, "33 ff"},
		{"rescaled", gray(2, 0, 100).with(dataset{tagSlope: "2", tagIntercept: "-100"}), Window{Center: 0, Width: 200, Function: "LINEAR_EXACT"}, "00 ff"},
		{"its own window", gray(3, 0, 100, 200).with(dataset{tagWindowCenter: `100\7`, tagWindowWidth: `200\3`, tagVOILUTFunction: "LINEAR_EXACT"}), Window{}, "00 80 ff"},
		{"its second window", gray(3, 0, 100, 200).with(dataset{tagWindowCenter: `7\50`, tagWindowWidth: `3\100`, tagVOILUTFunction: "LINEAR_EXACT"}), Window{Name: "2"}, "00 ff ff"},
		{"by number after one that makes no sense", gray(3, 0, 100, 200).with(dataset{tagWindowCenter: `7\50\100`, tagWindowWidth: `0\100\200`, tagVOILUTFunction: "LINEAR_EXACT"}), Window{Name: "2"}, "00 ff ff"},
		{"rescaled beyond all", gray(3, 0, 1, 65535).with(dataset{tagSlope: "1e38"}), Window{Name: Full}, "00 4b ff"},
		{"rescaled far beyond all", gray(2, 0, 65535).with(dataset{tagSlope: "-1e308", tagIntercept: "1e308"}), Window{Name: Full}, "ff 00"},
		{"no window", gray(3, 1000, 1100, 1200), Window{}, "00 80 ff"},
		{"one value", gray(3, 7, 7, 7), Window{}, "00 00 00"},
		{"RGB", rgb("RGB", 0, 255, 0, 0, 1, 2, 3), full, "ff0000 010203"},
		{"RGB by planes", rgb("RGB", 1, 255, 1, 0, 2, 0, 3), full, "ff0000 010203"},
		{"YBR", rgb("YBR_FULL", 0, 76, 85, 255, 255, 128, 128), full, "fe0000 ff"},
		{"YBR halved", rgb("YBR_FULL_422", 0, 10, 200, 128, 128), full, "0a c8"},
		{"palette", gray(3, 4, 5, 9).with(dataset{
			tagPhotometric: "PALETTE COLOR", 0x00281101: []uint16{3, 4, 16}, 0x00281102: []uint16{3, 4, 16}, 0x00281103: []uint16{3, 4, 16},
			0x00281201: red, 0x00281202: green, 0x00281203: blue,
		}), full, "00 801020 ff"},
		{"palette of bytes", gray(2, 0, 1).with(dataset{
			tagPhotometric: "PALETTE COLOR", 0x00281101: []uint16{2, 0, 8}, 0x00281102: []uint16{2, 0, 8}, 0x00281103: []uint16{2, 0, 8},
			0x00281201: []uint16{0x2010}, 0x00281202: []uint16{0x4030}, 0x00281203: []uint16{0x6050},
		}), full, "103050 204060"},
	} {
		t.Run(test.name, func(t *testing.T) {
			columns := test.object[tagColumns].(int)
			got := strings.Join(pixels(drawn(t, Job{Window: test.window}, test.object), columns, 1), " ")
			if got != test.want {
				t.Errorf("drawn as %s, want %s", got, test.want)
			}
		})
	}
}

// A pixel that is longer than it is wide is drawn so, and a frame of several is the
// one that is asked for.
func TestShapeAndFrame(t *testing.T) {
	long := drawn(t, Job{Window: full}, gray(100, make([]uint16, 100*50)...).with(dataset{tagPixelSpacing: `4\1`}))
	if b := long.Bounds(); b.Dx()*2 != b.Dy() {
		t.Errorf("50 rows of 4 mm with 100 columns of 1 mm are drawn as %v", b)
	}
	if b := drawn(t, Job{Window: full}, gray(3000, make([]uint16, 3000*2)...)).Bounds(); b.Dx() != mostSide || b.Dy() != 1 {
		t.Errorf("3000 by 2 pixels are drawn as %v", b)
	}
	three := gray(1, 10, 20, 30).with(dataset{tagRows: 1, tagNumberOfFrames: "3"})
	if got := pixels(drawn(t, Job{Frame: 2, Window: full}, three), 1, 1)[0]; got != "1e" {
		t.Errorf("the third frame is drawn as %s", got)
	}
}

// What lies about itself ends with a sentence that says so, however it does it.
func TestHostileObjects(t *testing.T) {
	image := gray(2, 1, 2, 3, 4)
	for name, test := range map[string]struct {
		object dataset
		frame  int
		want   string
	}{
		"huge":          {image.with(dataset{tagRows: 60000, tagColumns: 60000}), 0, "ends before frame 1 of 7200000000 bytes does"},
		"no rows":       {image.with(dataset{tagRows: 0}), 0, "how many rows"},
		"no such frame": {image.with(dataset{tagNumberOfFrames: "9"}), 1 << 40, "ends before frame"},
		"odd bits":      {image.with(dataset{tagBitsAllocated: 12}), 0, "have 12 bits"},
		"bits stored":   {image.with(dataset{tagBitsStored: 40}), 0, "40 bits up to bit"},
		"high bit":      {image.with(dataset{tagHighBit: 99}), 0, "up to bit 99"},
		"samples":       {image.with(dataset{tagSamplesPerPixel: 3}), 0, "3 samples a pixel"},
		"photometric":   {image.with(dataset{tagPhotometric: "Smith^John"}), 0, "photometric interpretation is not one"},
		"palette":       {image.with(dataset{tagPhotometric: "PALETTE COLOR"}), 0, "palette is missing"},
		"short palette": {image.with(dataset{tagPhotometric: "PALETTE COLOR", 0x00281101: []uint16{0, 0, 16}, 0x00281201: []uint16{1}}), 0, "palette ends"},
		"no pixels":     {image.with(dataset{dcm.PixelData: nil}), 0, "no pixel data"},
	} {
		err := Draw(io.Discard, Job{Frame: test.frame}, []Sized{sized(test.object.file())})
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "Smith") {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	whole := image.file()
	for name, test := range map[string]struct {
		file []byte
		want string
	}{
		"cut":        {whole[:len(whole)-2], "shorter than it says"},
		"not DICOM":  {[]byte("no object at all"), "not a DICOM file"},
		"compressed": {append(slices.Clone(whole[:len(whole)-12]), 0xff, 0xff, 0xff, 0xff), "is compressed"},
	} {
		if err := Draw(io.Discard, Job{}, []Sized{sized(test.file)}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// An object costs no more memory for what it claims of itself.
func TestMemory(t *testing.T) {
	claims := gray(2, 1, 2, 3, 4).with(dataset{tagRows: 60000, tagColumns: 60000, tagNumberOfFrames: "2000000000"}).file()
	copy(claims[len(claims)-12:], []byte{0xfe, 0xff, 0xff, 0x7f}) // 2 GiB, which are there
	file := padded(claims, 60000*60000*2)
	if err := Draw(io.Discard, Job{}, []Sized{file}); err == nil || !strings.Contains(err.Error(), "ends before frame") {
		t.Errorf("a length of 2 GiB for 7 GB of pixels: %v", err)
	}
	wide := gray(1, 1).with(dataset{tagRows: 20000, tagColumns: 50000, tagBitsAllocated: 8, tagBitsStored: 8, tagHighBit: 7, dcm.PixelData: []byte{1, 2}}).file()
	copy(wide[len(wide)-6:], []byte{0x00, 0xca, 0x9a, 0x3b}) // a billion bytes, which are there
	large := padded(wide, 20000*50000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := Draw(io.Discard, Job{}, []Sized{large}); err != nil {
		t.Error(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 32<<20 {
		t.Errorf("a picture of a gigabyte of pixels took %d bytes", used)
	}
}

// padded is a file with zeros at its end, which need no disk and no memory.
func padded(b []byte, zeros int) Sized {
	length := int64(len(b) + zeros)
	return Sized{&sparse{bytes.NewReader(b), length}, length}
}

// sparse is a file that goes on with zeros.
type sparse struct {
	*bytes.Reader
	length int64
}

func (s *sparse) ReadAt(p []byte, at int64) (int, error) {
	n, err := s.Reader.ReadAt(p, at)
	if err == io.EOF && at+int64(len(p)) <= s.length {
		clear(p[n:])
		return len(p), nil
	}
	return n, err
}

func TestColors(t *testing.T) {
	for _, test := range []struct {
		lab  []float64
		want Color
	}{
		{[]float64{65535, 32896, 32896}, "#ffffff"},
		{[]float64{0, 32896, 32896}, "#000000"},
		{[]float64{35579, 53661, 50857}, "#ff0000"}, // L 54.29, a 80.8, b 69.9
	} {
		got := labColor(test.lab).rgba()
		want := test.want.rgba()
		if off := max(diff(got.R, want.R), diff(got.G, want.G), diff(got.B, want.B)); off > 8 {
			t.Errorf("%v is %v, want about %v", test.lab, got, want)
		}
	}
	if got := fmt.Sprint(Color("none").rgba()); got != "{128 128 128 255}" {
		t.Error(got)
	}
}

func diff(a, b uint8) int { return max(int(a)-int(b), int(b)-int(a)) }
