package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/phantom"
	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

// ctSeries makes a series of the phantom in a folder, and returns its files from
// feet to head.
func ctSeries(t *testing.T, dir string, slices, size int) []string {
	t.Helper()
	paths, err := phantom.Write(dir, phantom.Options{Slices: slices, Size: size})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// change writes a file anew with some elements replaced or added, or removed by
// nil.
func change(t *testing.T, path string, changes map[tag.Tag]any) {
	t.Helper()
	ds := parse(t, path)
	var list []*dicom.Element
	for _, e := range ds.Elements {
		if _, ok := changes[e.Tag]; !ok {
			list = append(list, e)
		}
	}
	for tg, value := range changes {
		if value == nil {
			continue
		}
		e, err := dicom.NewElement(tg, plain(value))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b *dicom.Element) int { return a.Tag.Compare(b.Tag) })
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := dicom.Write(f, dicom.Dataset{Elements: list}); err != nil {
		t.Fatal(err)
	}
}

// model runs the model, and returns its exit code, what it wrote and what it
// said on standard error.
func model(t *testing.T, in, config string) (code int, written []string, stderr string) {
	t.Helper()
	out, settings := t.TempDir(), filepath.Join(t.TempDir(), "config.yaml")
	writeFile(t, settings, config)
	var said bytes.Buffer
	code = run([]string{"-input", in, "-output", out, "-config", settings}, &bytes.Buffer{}, &said)
	written, err := filepath.Glob(filepath.Join(out, "*.dcm"))
	if err != nil {
		t.Fatal(err)
	}
	return code, written, said.String()
}

// judge has dicom3tools judge segmentations: each alone, and whether they agree
// with what they were made from about patient, study and frame of reference.
func judge(t *testing.T, segmentations, sources []string) {
	t.Helper()
	for _, path := range segmentations {
		if said := ask(t, "dciodvfy", path); said != "Segmentation" {
			t.Errorf("dciodvfy:\n%s", said)
		}
	}
	if said := ask(t, "dcentvfy", append(slices.Clone(sources), segmentations...)...); said != "" {
		t.Errorf("dcentvfy:\n%s", said)
	}
}

func ask(t *testing.T, program string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed: make services-dicom3tools", program)
		}
		t.Skipf("%s is not installed: make services-dicom3tools", program)
	}
	said, _ := exec.Command(program, args...).CombinedOutput() // what it says counts
	return strings.TrimSpace(string(said))
}
