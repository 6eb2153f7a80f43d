package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// realFiles is where real DICOM files lie beside a developer's clone.
const realFiles = "../../../shared/data/dicom"

// proposals are storescu's options to propose a transfer syntax first: one
// association carries the files of one.
var proposals = map[dcm.UID]string{
	"1.2.840.10008.1.2":      "-xi",
	"1.2.840.10008.1.2.1":    "-xe",
	"1.2.840.10008.1.2.1.99": "-xd",
	"1.2.840.10008.1.2.2":    "-xb",
	"1.2.840.10008.1.2.4.50": "-xy",
	"1.2.840.10008.1.2.4.51": "-xx",
	"1.2.840.10008.1.2.4.70": "-xs",
	"1.2.840.10008.1.2.4.80": "-xt",
	"1.2.840.10008.1.2.4.81": "-xu",
	"1.2.840.10008.1.2.4.90": "-xv",
	"1.2.840.10008.1.2.4.91": "-xw",
	"1.2.840.10008.1.2.5":    "-xr",
}

// Real files of every kind go in by dcmtk's sender, through a container that
// copies them, and out to dcmtk's receiver. What comes out is what the same
// sender gives to the same receiver without anything in between.
func TestRealFilesStayAsTheyAre(t *testing.T) {
	t.Parallel()
	files := corpus(t)
	direct, archive := testenv.Storescp(t), testenv.Storescp(t)
	site := programs.NewSite(t, testenv.Docker(t, 2))
	site.Flow("copy", fmt.Sprintf(`
triggers: [{CallingAET: %s}]
models:
  - image: busybox
    command: cp -r /input/. /output/
    network_disabled: true
    pull_before_exec: false
destinations: [%s]
`, testenv.CallingAE, archive.Destination()))
	site.Start()

	type association struct {
		option string
		turn   int // files of one SOP instance come one after the other
	}
	associations := make(map[association][]string)
	turns := make(map[testenv.Key]int)
	held := make(map[string]bool) // the data sets as the files hold them
	for _, file := range files {
		option, ok := sendable(t, file, direct)
		if !ok {
			continue
		}
		content := testenv.ReadFile(t, file)
		held[content.Dataset] = true
		a := association{option, turns[content.Key]}
		turns[content.Key]++
		associations[a] = append(associations[a], file)
	}
	for a, files := range associations {
		if output, err := testenv.Storescu(t, site.DICOM(), []string{a.option}, files...); err != nil {
			t.Errorf("storescu %s: %v\n%s", a.option, err, output)
		}
	}
	want := direct.Files()
	for n := range len(associations) {
		arrival := site.Arrival(n+1, run.ArrivalMatched)
		for _, r := range arrival.Runs {
			testenv.Until(t, "the run to be done", func() (bool, string) {
				now, err := site.Client().Run(t.Context(), string(r.ID))
				return err == nil && now.State == run.Done, fmt.Sprint(err, testenv.Describe(now))
			})
		}
	}
	got := archive.Files()
	same(t, "after the flow", got, want)
	unchanged := 0
	for _, file := range got {
		if held[file.Dataset] {
			unchanged++
		}
	}
	t.Logf("%d of %d files could be sent in %d associations; %d data sets were sent byte for byte as the file holds them, the others as dcmtk writes them anew",
		len(want), len(files), len(associations), unchanged)
	if len(want) < 3*len(files)/4 || unchanged < len(want)/3 {
		t.Errorf("that is less than these files are known to give")
	}
}

// sendable sends a file to a receiver, and says with which proposal that works.
func sendable(t *testing.T, file string, to *testenv.Receiver) (option string, ok bool) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	header, _ := dcm.ScanFile(f) // what cannot be read cannot be sent either
	option = proposals[header.TransferSyntax]
	if option == "" {
		option = "-xe"
	}
	if output, err := testenv.Storescu(t, to.Address(), []string{option}, file); err != nil {
		t.Logf("dcmtk cannot send %s: %s", filepath.Base(file), lastLine(output))
		return "", false
	}
	return option, true
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndex(text, "\n")+1:]
}

// corpus returns the real DICOM files. Continuous integration must have them.
func corpus(t *testing.T) []string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(realFiles, "*.dcm"))
	charsets, _ := filepath.Glob(filepath.Join(realFiles, "charset", "*.dcm"))
	if files = append(files, charsets...); len(files) > 0 {
		return files
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("no DICOM files in %s", realFiles)
	}
	t.Skip("no DICOM files beside this clone")
	return nil
}
