package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/phantom"
	"github.com/raddeploy/raddeploy/core/run"
)

// fold is what each of the five models does here in place of touching a file:
// it waits until the gate is open, takes a slice of its own and writes its name
// over the last pixels.
const fold = `until test -e /gate/open; do sleep 0.1; done
	in=$(ls /input/* | sed -n %dp)
	out=/output/$(basename $in)
	cp $in $out
	printf SEG_%d | dd of=$out bs=1 seek=$(($(stat -c %%s $out) - 5)) conv=notrunc`

// The flow with the most models of the Python RadDeploy's README, from dcmtk's
// sender to dcmtk's receiver and Orthanc.
func TestSixModels(t *testing.T) {
	t.Parallel()
	archive, orthanc := testenv.Storescp(t), testenv.NewOrthanc(t)
	site := programs.NewSite(t, testenv.Docker(t, 6))
	text := testenv.Example(t, "flows/dag.yaml")
	for i := range 5 {
		text = replace(t, text, fmt.Sprintf("sh -c 'touch /output/SEG_%d'", i), fmt.Sprintf("[sh, -c, %q]", fmt.Sprintf(fold, i+1, i)))
		text = replace(t, text, fmt.Sprintf("      seg%d: /output\n", i), fmt.Sprintf("      seg%d: /output\n    static_mounts: gate:/gate\n", i))
	}
	text = replace(t, text, "; sleep 10", "")
	site.Flow("six", fmt.Sprintf("%s\ndestinations: [%s, %s]\n", text, archive.Destination(), orthanc.Destination()))
	for _, static := range []string{"gate", "AwesomeModel1", "AwesomeModel2"} {
		site.Static(static, "weights", "none")
	}
	site.Start()
	slices, err := phantom.Write(t.TempDir(), phantom.Options{Slices: 5, Size: 64})
	if err != nil {
		t.Fatal(err)
	}
	site.Send(slices...)

	site.Run("six", "running five models at once", testenv.Running(5))
	site.Static("gate", "open", "")
	r := site.Ended("six", run.Done)

	written := output(t, site, r, 5, "dst")
	if len(written) != 5 {
		t.Fatalf("the last model wrote %d objects, want 5", len(written))
	}
	folds := make(map[string]bool)
	for _, file := range written {
		folds[file.Dataset[len(file.Dataset)-5:]] = true
		orthanc.MustKeep(file.Path)
	}
	if len(folds) != 5 {
		t.Errorf("the slices are marked by %v, want five models", folds)
	}
	same(t, "storescp", archive.Files(), written)
	site.NoContainers()
}

// output are the objects that the successful try at a task wrote to an output.
func output(t *testing.T, site *testenv.Site, r api.Run, task int, name string) map[testenv.Key]testenv.File {
	t.Helper()
	return testenv.ReadFiles(t, site.Files().Output(r.ID, task, len(r.Tasks[task].Attempts), name))
}

// replace replaces what stands in a text exactly once.
func replace(t *testing.T, text, old, by string) string {
	t.Helper()
	if strings.Count(text, old) != 1 {
		t.Fatalf("%q stands %d times in the example, want once", old, strings.Count(text, old))
	}
	return strings.Replace(text, old, by, 1)
}
