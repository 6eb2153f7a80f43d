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

// A frame of 33 x 33 pixels does not end with a byte.
const sliceCount, size = 8, 33

// study makes a phantom and runs the model on it.
func study(t *testing.T, config string) (sources []string, made string, stdout string) {
	t.Helper()
	root := t.TempDir()
	in, out, settings := filepath.Join(root, "in"), filepath.Join(root, "out"), filepath.Join(root, "config.yaml")
	sources = ctSeries(t, filepath.Join(in, "deep", "er"), sliceCount, size)
	writeFile(t, filepath.Join(in, "notes.txt"), "not a DICOM file")
	writeFile(t, settings, config)
	var stdoutBuffer, stderr bytes.Buffer
	if code := run([]string{"-input", in, "-output", out, "-config", settings}, &stdoutBuffer, &stderr); code != exitDone {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	written, err := filepath.Glob(filepath.Join(out, "*"))
	if err != nil || len(written) != 1 {
		t.Fatalf("it wrote %v, want one segmentation", written)
	}
	return sources, written[0], stdoutBuffer.String()
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestSegmentIsTheSkull(t *testing.T) {
	for _, test := range []struct {
		config string
		found  func(hu int) bool
	}{
		{"{}", func(hu int) bool { return hu >= phantom.Marrow }},
		{"threshold: 700", func(hu int) bool { return hu >= phantom.Bone }},
		{"threshold: -500", func(hu int) bool { return hu > phantom.Air }},
	} {
		_, made, _ := study(t, test.config)
		pixels := dicom.MustGetPixelDataInfo(element(t, parse(t, made), tag.PixelData).Value).UnprocessedValueData
		bone := 0
		for p := range sliceCount * size * size {
			slice, row, column := p/size/size, p/size%size, p%size
			x, y := phantom.Position(column, row, size)
			z := (float64(slice)+0.5)*phantom.Height/sliceCount - phantom.Height/2
			got, want := pixels[p/8]>>(p%8)&1 == 1, test.found(phantom.At(x, y, z))
			if got != want {
				t.Fatalf("%s: slice %d, row %d, column %d is %v, want %v", test.config, slice+1, row, column, got, want)
			}
			if want {
				bone++
			}
		}
		if bone == 0 {
			t.Errorf("%s: the phantom has nothing to find", test.config)
		}
	}
}

func TestSegmentationRefersToItsSources(t *testing.T) {
	sources, made, _ := study(t, "")
	segmentation := scan(t, made)
	of := func(keyword string) (list []string) {
		for _, path := range sources {
			list = append(list, texts(t, scan(t, path), keyword))
		}
		return list
	}
	const frame, derived = "PerFrameFunctionalGroupsSequence.", "PerFrameFunctionalGroupsSequence.DerivationImageSequence."
	const shared, segment = "SharedFunctionalGroupsSequence.", "SegmentSequence."
	want := map[string]string{
		"Modality":    "SEG",
		"SOPClassUID": segmentationStorage,
		"ImageType":   `DERIVED\PRIMARY`,
		"ReferencedSeriesSequence.SeriesInstanceUID":                                   of("SeriesInstanceUID")[0],
		"ReferencedSeriesSequence.ReferencedInstanceSequence.ReferencedSOPInstanceUID": strings.Join(of("SOPInstanceUID"), "|"),
		"MediaStorageSOPInstanceUID":                                                   texts(t, segmentation, "SOPInstanceUID"),
		frame + "PlanePositionSequence.ImagePositionPatient":                           strings.Join(of("ImagePositionPatient"), "|"),
		frame + "FrameContentSequence.DimensionIndexValues":                            `1\1|1\2|1\3|1\4|1\5|1\6|1\7|1\8`,
		derived + "SourceImageSequence.ReferencedSOPInstanceUID":                       strings.Join(of("SOPInstanceUID"), "|"),
		shared + "PlaneOrientationSequence.ImageOrientationPatient":                    of("ImageOrientationPatient")[0],
		shared + "PixelMeasuresSequence.PixelSpacing":                                  of("PixelSpacing")[0],
		segment + "SegmentedPropertyTypeCodeSequence.CodeMeaning":                      "Bone",
		segment + "SegmentationAlgorithmIdentificationSequence.AlgorithmParameters":    "threshold: 300 HU",
	}
	for _, keyword := range []string{"StudyInstanceUID", "PatientID", "PatientName", "FrameOfReferenceUID", "AccessionNumber", "StudyDate"} {
		want[keyword] = of(keyword)[0]
	}
	got := map[string]string{}
	for path := range want {
		got[path] = texts(t, segmentation, path)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, keyword := range []string{"SOPInstanceUID", "SeriesInstanceUID"} {
		if got := texts(t, segmentation, keyword); got == of(keyword)[0] || !dcm.UID(got).Valid() {
			t.Errorf("%s is %q", keyword, got)
		}
	}
}

func TestOutputSaysNothingOfThePatient(t *testing.T) {
	_, _, stdout := study(t, "")
	for _, secret := range []string{"Phantom", "PHANTOM", "2.25."} {
		if strings.Contains(stdout, secret) {
			t.Errorf("the output %q contains %q", stdout, secret)
		}
	}
	if !strings.Contains(stdout, "slices: 8,") || !strings.Contains(stdout, "other files: 1\n") {
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
	in := t.TempDir()
	paths := ctSeries(t, in, 2, 32)
	if err := os.Truncate(paths[0], 2000); err != nil {
		t.Fatal(err)
	}
	code, written, stderr := model(t, in, "")
	if code != exitFailed || !strings.Contains(stderr, filepath.Base(paths[0])) {
		t.Errorf("exit %d with %q, want %d and the file's name", code, stderr, exitFailed)
	}
	if len(written) != 1 || texts(t, scan(t, written[0]), "NumberOfFrames") != "1" {
		t.Errorf("it wrote %v, want a segmentation of the whole object", written)
	}
}

func parse(t *testing.T, path string) dicom.Dataset {
	t.Helper()
	ds, err := dicom.ParseFile(path, nil, dicom.SkipProcessingPixelDataValue(), dicom.AllowUnknownSpecificCharacterSet())
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
