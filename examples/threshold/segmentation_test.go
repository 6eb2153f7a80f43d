package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/suyashkumar/dicom/pkg/tag"
)

// each changes every slice; i counts from feet to head.
func each(t *testing.T, paths []string, changes func(i int) map[tag.Tag]any) {
	t.Helper()
	for i, path := range paths {
		change(t, path, changes(i))
	}
}

// TestSegmentations holds what the model makes of all kinds of input to the
// standard's own judges: it must be what it says it is, whatever came in.
func TestSegmentations(t *testing.T) {
	tests := []struct {
		name   string
		fill   func(t *testing.T, dir string) []string
		config string
		frames string // of each segmentation
	}{
		{"a series", func(t *testing.T, dir string) []string { return ctSeries(t, dir, 5, 64) }, "", "5"},
		{"one slice", func(t *testing.T, dir string) []string { return ctSeries(t, dir, 1, 64) }, "", "1"},
		{"frames that end within a byte", func(t *testing.T, dir string) []string { return ctSeries(t, dir, 3, 17) }, "", "3"},
		{"nothing found", func(t *testing.T, dir string) []string { return ctSeries(t, dir, 3, 32) }, "threshold: 4000", "3"},
		{"lowest threshold", func(t *testing.T, dir string) []string { return ctSeries(t, dir, 2, 32) }, "threshold: -1024", "2"},
		{"two series", func(t *testing.T, dir string) []string {
			return append(ctSeries(t, dir+"/a", 2, 32), ctSeries(t, dir+"/b", 3, 32)...)
		}, "", "2 3"},
		{"gantry tilt", func(t *testing.T, dir string) []string {
			paths := ctSeries(t, dir, 4, 32)
			each(t, paths, func(i int) map[tag.Tag]any {
				return map[tag.Tag]any{
					tag.ImageOrientationPatient: []string{"1", "0", "0", "0", "0.939692621", "-0.342020143"},
					tag.ImagePositionPatient:    []string{"-128", fmt.Sprint(-128 + i), fmt.Sprint(40 * i)},
					tag.GantryDetectorTilt:      "20",
				}
			})
			return paths
		}, "", "4"},
		{"a scout in the series", func(t *testing.T, dir string) []string {
			paths := ctSeries(t, dir, 4, 32)
			change(t, paths[1], map[tag.Tag]any{
				tag.ImageOrientationPatient: []string{"0", "1", "0", "0", "0", "-1"},
				tag.ImageType:               []string{"ORIGINAL", "PRIMARY", "LOCALIZER"},
			})
			return paths
		}, "", "1 3"},
		{"two phases in each place", func(t *testing.T, dir string) []string {
			paths := ctSeries(t, dir, 6, 32)
			each(t, paths, func(i int) map[tag.Tag]any {
				return map[tag.Tag]any{tag.ImagePositionPatient: []string{"-128", "-128", fmt.Sprint(i % 3)}}
			})
			return paths
		}, "", "3 3"},
		{"unlike thickness", func(t *testing.T, dir string) []string {
			paths := ctSeries(t, dir, 3, 32)
			change(t, paths[0], map[tag.Tag]any{tag.SliceThickness: "5"})
			return paths
		}, "", "1 2"},
		{"lossy before", func(t *testing.T, dir string) []string {
			paths := ctSeries(t, dir, 2, 32)
			each(t, paths, func(int) map[tag.Tag]any {
				return map[tag.Tag]any{
					tag.LossyImageCompression: "01", tag.LossyImageCompressionRatio: "4.5", tag.LossyImageCompressionMethod: "ISO_10918_1",
				}
			})
			return paths
		}, "", "2"},
		{"all that says whose it is", func(t *testing.T, dir string) []string {
			paths := ctSeries(t, dir, 2, 32)
			each(t, paths, func(int) map[tag.Tag]any {
				return map[tag.Tag]any{
					tag.ProcedureCodeSequence:   code("303653007", "SCT", "CT of head"),
					tag.OtherPatientIDsSequence: []values{{tag.PatientID: "2", tag.IssuerOfPatientID: "HOSPITAL", tag.TypeOfPatientID: "TEXT"}},
					tag.PatientComments:         "", tag.PatientAge: "042Y", tag.PatientWeight: "71.5", tag.SmokingStatus: "NO",
					tag.PhysiciansOfRecord: []string{"A^B", "C^D"}, tag.AdditionalPatientHistory: "none", tag.PregnancyStatus: 4,
				}
			})
			return paths
		}, "", "2"},
		{"implicit VR", func(t *testing.T, dir string) []string {
			paths := ctSeries(t, dir, 2, 32)
			each(t, paths, func(int) map[tag.Tag]any {
				return map[tag.Tag]any{
					tag.TransferSyntaxUID:     string(dcm.ImplicitVRLittleEndian),
					tag.ProcedureCodeSequence: code("303653007", "SCT", "CT of head"),
				}
			})
			return paths
		}, "", "2"},
		{"as little as may be", func(t *testing.T, dir string) []string {
			paths := ctSeries(t, dir, 2, 32)
			each(t, paths, func(int) map[tag.Tag]any {
				return map[tag.Tag]any{
					tag.PatientName: "", tag.PatientSex: "", tag.AccessionNumber: "",
					tag.SpecificCharacterSet: nil, tag.StudyDescription: nil, tag.BodyPartExamined: nil, tag.SliceThickness: "",
				}
			})
			return paths
		}, "", "2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in := t.TempDir()
			sources := test.fill(t, in)
			code, written, stderr := model(t, in, test.config)
			if code != exitDone {
				t.Fatalf("exit %d: %s", code, stderr)
			}
			var frames, referred []string
			for _, path := range written {
				h := scan(t, path)
				frames = append(frames, texts(t, h, "NumberOfFrames"))
				referred = append(referred, strings.Split(texts(t, h, derivedFrom), "|")...)
				for _, same := range []string{"SpecificCharacterSet", "PatientName", "StudyInstanceUID"} {
					if want := texts(t, scan(t, sources[0]), same); test.name != "two series" && texts(t, h, same) != want {
						t.Errorf("%s is %q, want %q", same, texts(t, h, same), want)
					}
				}
			}
			if got := join(frames); got != test.frames && got != reversed(test.frames) {
				t.Errorf("segmentations of %s frames, want %s", got, test.frames)
			}
			if diff := cmp.Diff(set(instances(t, sources)), set(referred)); diff != "" || len(referred) != len(sources) {
				t.Errorf("%d frames of %d slices (-sources +referred):\n%s", len(referred), len(sources), diff)
			}
			judge(t, written, sources)
		})
	}
}

const derivedFrom = "PerFrameFunctionalGroupsSequence.DerivationImageSequence.SourceImageSequence.ReferencedSOPInstanceUID"

func join(list []string) string { return strings.Join(list, " ") }

// reversed: which of two series comes first depends on their UIDs.
func reversed(text string) string {
	words := strings.Fields(text)
	return join([]string{words[len(words)-1], words[0]})
}

func set(list []string) map[string]bool {
	m := map[string]bool{}
	for _, s := range list {
		m[s] = true
	}
	return m
}

func instances(t *testing.T, paths []string) (list []string) {
	t.Helper()
	for _, path := range paths {
		list = append(list, texts(t, scan(t, path), "SOPInstanceUID"))
	}
	return list
}

// What the files are called says nothing about where the slices lie.
func TestFramesAreInTheirOrderInSpace(t *testing.T) {
	in := t.TempDir()
	sources := ctSeries(t, in, 5, 32)
	want := instances(t, sources)
	for i, name := range []string{"c", "e", "a", "d", "b"} {
		if err := os.Rename(sources[i], filepath.Join(in, name)); err != nil {
			t.Fatal(err)
		}
	}
	// the same object once more is not another frame
	data, err := os.ReadFile(filepath.Join(in, "a"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(in, "again"), string(data))
	_, written, stderr := model(t, in, "")
	if len(written) != 1 {
		t.Fatalf("it wrote %v: %s", written, stderr)
	}
	if diff := cmp.Diff(want, strings.Split(texts(t, scan(t, written[0]), derivedFrom), "|")); diff != "" {
		t.Errorf("-from feet to head +frames:\n%s", diff)
	}
}

// Names stay in the bytes and the character set that they came in: many cannot
// be told from their decoded form.
func TestNamesAreCopiedUntouched(t *testing.T) {
	for _, test := range []struct{ name, charset, patient string }{
		{"none declared", "", "Doe^John"},
		{"Latin-1", "ISO_IR 100", "Buc^J\xe9r\xf4me"},
		{"Cyrillic", "ISO_IR 144", "\xbb\xee\xda\xd5\xdc\xd1\xe3\xe0\xd3"},
		{"UTF-8", "ISO_IR 192", "Wang^XiaoDong=王^小東"},
		{"GB18030", "GB18030", "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab"},
		{"Japanese, with escapes", `\ISO 2022 IR 87`, "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"},
		{"Korean, with escapes", `\ISO 2022 IR 149`, "Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7"},
		{"one that is unknown", "ISO_IR 999", "J\xe9"},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := t.TempDir()
			sources := ctSeries(t, in, 1, 32)
			changes := map[tag.Tag]any{
				tag.PatientName: test.patient, tag.SpecificCharacterSet: test.charset,
				// inside a sequence, too
				tag.OtherPatientIDsSequence: []values{{tag.OtherPatientNames: test.patient}},
			}
			if test.charset == "" {
				changes[tag.SpecificCharacterSet] = nil
			}
			change(t, sources[0], changes)
			code, written, stderr := model(t, in, "")
			if code != exitDone || len(written) != 1 {
				t.Fatalf("exit %d: %s", code, stderr)
			}
			h := scan(t, written[0])
			if charset := texts(t, h, "SpecificCharacterSet"); charset != test.charset {
				t.Errorf("the character set is %q, want %q", charset, test.charset)
			}
			for _, element := range []string{"\x10\x00\x10\x00PN", "\x10\x00\x01\x10PN"} {
				written, source := valueAfter(t, written[0], element), valueAfter(t, sources[0], element)
				if written != source || strings.TrimSpace(written) != test.patient {
					t.Errorf("%q is %q, and %q in its source, want %q", element, written, source, test.patient)
				}
			}
		})
	}
}

// valueAfter is the value of the first element in explicit little endian that
// begins with these bytes, before a length of two bytes.
func valueAfter(t *testing.T, path, begin string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(data), begin)
	if !found {
		t.Fatalf("%s has no %q", path, begin)
	}
	return rest[2 : 2+int(rest[0])+int(rest[1])<<8]
}

func TestSlicesWithoutAPlaceAreRefused(t *testing.T) {
	const enhanced = "1.2.840.10008.5.1.4.1.1.2.1"
	for _, test := range []struct {
		name    string
		changes map[tag.Tag]any
		says    string
	}{
		{"no frame of reference", map[tag.Tag]any{tag.FrameOfReferenceUID: nil}, "FrameOfReferenceUID"},
		{"empty frame of reference", map[tag.Tag]any{tag.FrameOfReferenceUID: ""}, "FrameOfReferenceUID"},
		{"no position", map[tag.Tag]any{tag.ImagePositionPatient: nil}, "ImagePositionPatient"},
		{"half a position", map[tag.Tag]any{tag.ImagePositionPatient: []string{"1", "2"}}, "ImagePositionPatient"},
		{"no orientation", map[tag.Tag]any{tag.ImageOrientationPatient: []string{"1", "0", "0", "0", "NaN", "0"}}, "ImageOrientationPatient"},
		{"no spacing", map[tag.Tag]any{tag.PixelSpacing: nil}, "PixelSpacing"},
		{"multi-frame CT", map[tag.Tag]any{tag.SOPClassUID: enhanced, tag.MediaStorageSOPClassUID: enhanced}, "one slice each"},
		{"several frames", map[tag.Tag]any{tag.NumberOfFrames: "2"}, "2 frames"},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := t.TempDir()
			sources := ctSeries(t, in, 3, 32)
			change(t, sources[1], test.changes)
			code, written, stderr := model(t, in, "")
			if code != exitFailed || !strings.Contains(stderr, filepath.Base(sources[1])) || !strings.Contains(stderr, test.says) {
				t.Errorf("exit %d, want %d with the file's name and %q: %s", code, exitFailed, test.says, stderr)
			}
			if len(written) != 1 || texts(t, scan(t, written[0]), "NumberOfFrames") != "2" {
				t.Errorf("it wrote %v, want a segmentation of the two other slices", written)
			}
		})
	}
}
