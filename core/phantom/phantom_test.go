package phantom

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
)

func TestPixelsFollowTheFormula(t *testing.T) {
	const slices, size = 12, 128
	paths, err := Write(t.TempDir(), Options{Slices: slices, Size: size})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[int]int{}
	for i, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		pixels := data[len(data)-2*size*size:]
		z := (float64(i)+0.5)*Height/slices - Height/2
		for row := range size {
			for column := range size {
				x, y := Position(column, row, size)
				want := At(x, y, z)
				got := int(binary.LittleEndian.Uint16(pixels[2*(row*size+column):])) + intercept
				if got < want-noise || got > want+noise {
					t.Fatalf("slice %d, row %d, column %d: %d HU, want %d", i+1, row, column, got, want)
				}
				counts[want]++
			}
		}
	}
	for _, tissue := range []int{Air, Scalp, Bone, Marrow, Brain, GrayNucleus, Fluid, Blood} {
		if counts[tissue] == 0 {
			t.Errorf("no pixel has %d HU", tissue)
		}
	}
}

func TestSeriesBelongsTogether(t *testing.T) {
	paths, err := Write(t.TempDir(), Options{Slices: 3, Size: 16})
	if err != nil {
		t.Fatal(err)
	}
	common := map[string]map[string]bool{"StudyInstanceUID": {}, "SeriesInstanceUID": {}, "FrameOfReferenceUID": {}, "PatientID": {}}
	differ := map[string]map[string]bool{"SOPInstanceUID": {}, "ImagePositionPatient": {}, "InstanceNumber": {}, "MediaStorageSOPInstanceUID": {}}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		h, err := dcm.ScanFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, keywords := range []map[string]map[string]bool{common, differ} {
			for keyword := range keywords {
				tag, _ := dcm.TagByKeyword(keyword)
				text, _ := h.Text(tag)
				keywords[keyword][text] = true
			}
		}
	}
	for keyword, values := range common {
		if len(values) != 1 || values[""] {
			t.Errorf("%s differs between slices or is empty: %v", keyword, values)
		}
	}
	for keyword, values := range differ {
		if len(values) != len(paths) || values[""] {
			t.Errorf("%s is not one for each slice: %v", keyword, values)
		}
	}
}

func TestSeed(t *testing.T) {
	slice := func(seed uint64) []byte {
		paths, err := Write(t.TempDir(), Options{Slices: 1, Size: 16, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(paths[0])
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if !bytes.Equal(slice(7), slice(7)) {
		t.Error("one seed gives two files")
	}
	if bytes.Equal(slice(7), slice(8)) || bytes.Equal(slice(0), slice(0)) {
		t.Error("different seeds, or none, give one file")
	}
}

func TestWriteRefusesNonsense(t *testing.T) {
	for _, o := range []Options{{Slices: -1}, {Size: 8}, {Size: 100_000}} {
		if _, err := Write(t.TempDir(), o); err == nil {
			t.Errorf("%+v was written", o)
		}
	}
}

// TestStandardConformance has the files checked against the CT Image IOD by
// dciodvfy of dicom3tools.
func TestStandardConformance(t *testing.T) {
	if _, err := exec.LookPath("dciodvfy"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("dicom3tools is not installed: run make services-dicom3tools")
	}
	paths, err := Write(filepath.Join(t.TempDir(), "new"), Options{Slices: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		out, _ := exec.Command("dciodvfy", path).CombinedOutput()
		if strings.Contains(string(out), "Error") || !strings.Contains(string(out), "CTImage") {
			t.Errorf("%s:\n%s", filepath.Base(path), out)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		if _, err := Write(dir, Options{Slices: 100}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(100*float64(b.N)/b.Elapsed().Seconds(), "slices/s")
}
