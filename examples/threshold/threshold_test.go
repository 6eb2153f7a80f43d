package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/phantom"
	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

const sliceCount, size = 8, 64

// study makes a phantom and runs the model on it.
func study(t *testing.T, config string) (sources, masks []string, stdout string) {
	t.Helper()
	root := t.TempDir()
	in, out, settings := filepath.Join(root, "in"), filepath.Join(root, "out"), filepath.Join(root, "config.yaml")
	sources, err := phantom.Write(filepath.Join(in, "deep", "er"), phantom.Options{Slices: sliceCount, Size: size})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(in, "notes.txt"), "not a DICOM file")
	writeFile(t, settings, config)
	var stdoutBuffer, stderr bytes.Buffer
	if code := run([]string{"-input", in, "-output", out, "-config", settings}, &stdoutBuffer, &stderr); code != exitDone {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	masks, err = filepath.Glob(filepath.Join(out, "*.dcm"))
	if err != nil || len(masks) != sliceCount {
		t.Fatalf("%d masks of %d slices", len(masks), sliceCount)
	}
	return sources, masks, stdoutBuffer.String()
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestMaskIsTheSkull(t *testing.T) {
	for _, test := range []struct {
		config string
		found  func(hu int) bool
	}{
		{"{}", func(hu int) bool { return hu >= phantom.Marrow }},
		{"threshold: 700", func(hu int) bool { return hu >= phantom.Bone }},
		{"threshold: -500", func(hu int) bool { return hu > phantom.Air }},
	} {
		_, masks, _ := study(t, test.config)
		bone := 0
		for i, path := range masks {
			ds := parse(t, path)
			z := (float64(i)+0.5)*phantom.Height/sliceCount - phantom.Height/2
			pixels := dicom.MustGetPixelDataInfo(element(t, ds, tag.PixelData).Value).UnprocessedValueData
			for p, got := range pixels {
				x, y := phantom.Position(p%size, p/size, size)
				want := byte(0)
				if test.found(phantom.At(x, y, z)) {
					want = 255
					bone++
				}
				if got != want {
					t.Fatalf("%s: slice %d, row %d, column %d is %d, want %d", test.config, i+1, p/size, p%size, got, want)
				}
			}
		}
		if bone == 0 {
			t.Errorf("%s: the phantom has nothing to find", test.config)
		}
	}
}

func TestMasksReferToTheirSources(t *testing.T) {
	sources, masks, _ := study(t, "")
	same := []string{"StudyInstanceUID", "PatientID", "PatientName", "FrameOfReferenceUID", "ImagePositionPatient", "PixelSpacing", "InstanceNumber"}
	series := map[string]bool{}
	for i := range masks {
		source, mask := scan(t, sources[i]), scan(t, masks[i])
		for _, keyword := range same {
			if diff := cmp.Diff(texts(t, source, keyword), texts(t, mask, keyword)); diff != "" {
				t.Errorf("%s (-source +mask):\n%s", keyword, diff)
			}
		}
		want := map[string]string{
			"ImageType":   `DERIVED\SECONDARY`,
			"Modality":    "OT",
			"SOPClassUID": secondaryCaptureStorage,
			"SourceImageSequence.ReferencedSOPClassUID":                    texts(t, source, "SOPClassUID"),
			"SourceImageSequence.ReferencedSOPInstanceUID":                 texts(t, source, "SOPInstanceUID"),
			"SourceImageSequence.PurposeOfReferenceCodeSequence.CodeValue": "121322",
			"MediaStorageSOPInstanceUID":                                   texts(t, mask, "SOPInstanceUID"),
			"DerivationDescription":                                        "Mask of the pixels of at least 300 HU, by threshold",
		}
		for path, value := range want {
			if got := texts(t, mask, path); got != value {
				t.Errorf("mask %d: %s is %q, want %q", i+1, path, got, value)
			}
		}
		for _, keyword := range []string{"SOPInstanceUID", "SeriesInstanceUID"} {
			if got := texts(t, mask, keyword); got == texts(t, source, keyword) || !dcm.UID(got).Valid() {
				t.Errorf("mask %d: %s is %q", i+1, keyword, got)
			}
		}
		series[texts(t, mask, "SeriesInstanceUID")] = true
	}
	if len(series) != 1 {
		t.Errorf("the masks of one series are in %d", len(series))
	}
}

func TestOutputSaysNothingOfThePatient(t *testing.T) {
	_, _, stdout := study(t, "")
	for _, secret := range []string{"Phantom", "PHANTOM", "2.25."} {
		if strings.Contains(stdout, secret) {
			t.Errorf("the output %q contains %q", stdout, secret)
		}
	}
	if !strings.Contains(stdout, "8 slices of 1 series") || !strings.Contains(stdout, "1 other files") {
		t.Errorf("the output does not count what was done: %q", stdout)
	}
}

func TestExitCodes(t *testing.T) {
	tests := []struct {
		name string
		fill func(t *testing.T, in, config string) []string
		want int
	}{
		{"no CT", func(t *testing.T, in, _ string) []string { return nil }, exitNoCT},
		{"no input folder", func(t *testing.T, in, _ string) []string { return []string{"-input", in + "/none"} }, exitFailed},
		{"unknown flag", func(t *testing.T, in, _ string) []string { return []string{"-verbose"} }, exitUsage},
		{"argument", func(t *testing.T, in, _ string) []string { return []string{"folder"} }, exitUsage},
		{"misspelt setting", func(t *testing.T, _, config string) []string { writeFile(t, config, "treshold: 3"); return nil }, exitUsage},
		{"setting that is no number", func(t *testing.T, _, config string) []string { writeFile(t, config, "threshold: bone"); return nil }, exitUsage},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			in, config := filepath.Join(root, "in"), filepath.Join(root, "config.yaml")
			if err := os.Mkdir(in, 0o755); err != nil {
				t.Fatal(err)
			}
			args := append([]string{"-input", in, "-output", filepath.Join(root, "out"), "-config", config}, test.fill(t, in, config)...)
			var stderr bytes.Buffer
			if got := run(args, &bytes.Buffer{}, &stderr); got != test.want || stderr.Len() == 0 {
				t.Errorf("exit %d with %q, want %d and a reason", got, stderr.String(), test.want)
			}
		})
	}
}

func TestACutObjectDoesNotStopTheOthers(t *testing.T) {
	in, out := t.TempDir(), t.TempDir()
	paths, err := phantom.Write(in, phantom.Options{Slices: 2, Size: 32})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(paths[0], 2000); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	code := run([]string{"-input", in, "-output", out, "-config", filepath.Join(in, "none")}, &bytes.Buffer{}, &stderr)
	if code != exitFailed || !strings.Contains(stderr.String(), filepath.Base(paths[0])) {
		t.Errorf("exit %d with %q, want %d and the file's name", code, stderr.String(), exitFailed)
	}
	if masks, _ := filepath.Glob(filepath.Join(out, "*.dcm")); len(masks) != 1 {
		t.Errorf("%d masks, want that of the whole object", len(masks))
	}
}

func parse(t *testing.T, path string) dicom.Dataset {
	t.Helper()
	ds, err := dicom.ParseFile(path, nil, dicom.SkipProcessingPixelDataValue())
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func element(t *testing.T, ds dicom.Dataset, tg tag.Tag) *dicom.Element {
	t.Helper()
	e, err := ds.FindElementByTag(tg)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func scan(t *testing.T, path string) *dcm.Header {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h, err := dcm.ScanFile(f)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func texts(t *testing.T, h *dcm.Header, path string) string {
	t.Helper()
	p, err := dcm.ParsePath(path)
	if err != nil || !p.Known() {
		t.Fatalf("path %s: %v", path, err)
	}
	return strings.Join(h.Texts(p), "|")
}
