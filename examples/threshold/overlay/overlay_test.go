package overlay

import (
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/raddeploy/raddeploy/core/phantom"
)

func TestWritePNG(t *testing.T) {
	const size = 64
	slices, err := phantom.Write(t.TempDir(), phantom.Options{Slices: 1, Size: size})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "overlay.png")
	// The slice is its own mask here: two bytes a pixel, so that every pixel
	// whose pair of bytes falls on it is marked.
	if err := WritePNG(path, slices[0], slices[0]); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if b := picture.Bounds(); b.Dx() != size || b.Dy() != size {
		t.Errorf("picture of %v, want %d x %d", b, size, size)
	}
	colours := 0
	for y := range size {
		for x := range size {
			if c := color.RGBAModel.Convert(picture.At(x, y)).(color.RGBA); c.R != c.B {
				colours++
			}
		}
	}
	if colours == 0 || colours == size*size {
		t.Errorf("%d of %d pixels are marked", colours, size*size)
	}
}

func TestWritePNGRefuses(t *testing.T) {
	small, err := phantom.Write(t.TempDir(), phantom.Options{Slices: 1, Size: 16})
	if err != nil {
		t.Fatal(err)
	}
	large, err := phantom.Write(t.TempDir(), phantom.Options{Slices: 1, Size: 64})
	if err != nil {
		t.Fatal(err)
	}
	for name, files := range map[string][2]string{
		"mask too small": {large[0], small[0]}, "no mask": {large[0], "missing.dcm"}, "no CT": {"missing.dcm", large[0]},
	} {
		if err := WritePNG(filepath.Join(t.TempDir(), "x.png"), files[0], files[1]); err == nil {
			t.Errorf("%s: drawn all the same", name)
		}
	}
}
