package e2e_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// TestExampleFlows runs every example flow on Docker as it stands, but for
// addresses, which are those of the test's receivers, and for what is said of
// it.
func TestExampleFlows(t *testing.T) {
	t.Parallel()
	ct := testenv.Object{SeriesDescription: "Head Contrast", StudyDescription: "RT planning"}
	mr := testenv.Object{Class: testenv.MR, Modality: "MR", StudyDescription: "AutoSegProtocol"}
	for name, test := range map[string]struct {
		flow      string // its name
		change    map[string]string
		objects   []testenv.Object
		receivers int
		written   []string // the files of dst, as patterns
	}{
		"simplest": {flow: "simplest", objects: []testenv.Object{ct}},
		"triggers": {flow: "triggers", objects: []testenv.Object{ct, mr}, written: []string{"CT_*.dcm", "MR_*.dcm"}},
		"destinations": {
			flow:      "destinations",
			change:    map[string]string{"port: 10001": "port: PORT", "host: storage.some-system.org\n    port: 104": "host: localhost\n    port: PORT"},
			objects:   []testenv.Object{ct},
			receivers: 2,
			written:   []string{"CT_*.dcm"},
		},
		"full": {
			flow: "FancyFlow",
			change: map[string]string{"port: 10001": "port: PORT", "host: storage.some-system.org\n    port: 104": "host: localhost\n    port: PORT",
				"ports:\n  - 104": "ports:\n  - PORT",
				"    gpu: True\n": ""}, // few machines that test have one
			objects:   []testenv.Object{ct, mr},
			receivers: 3,
			written:   []string{"input/input/CT_*.dcm", "input/input/MR_*.dcm"},
		},
		"dag": {flow: "dag", objects: []testenv.Object{ct}, written: []string{"SEG_0", "SEG_1", "SEG_2", "SEG_3", "SEG_4"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := programs.NewSite(t, testenv.Docker(t, 2))
			if name == "simplest" {
				helloWorld(t)
			}
			text := testenv.Example(t, "flows/"+name+".yaml")
			for old, by := range test.change {
				text = replace(t, text, old, by)
			}
			var archives []*testenv.Receiver
			for range test.receivers {
				archive := testenv.Storescp(t)
				archives = append(archives, archive)
				text = strings.Replace(text, "PORT", fmt.Sprint(archive.Port), 1)
			}
			site.Flow(name, text)
			site.Static("AwesomeModel1", "weights", "1")
			site.StaticArchive("AwesomeModel2", "weights", "2")
			site.Start()
			site.Send(testenv.Write(t, test.objects...)...)

			r := site.Ended(test.flow, run.Done)
			last := len(r.Tasks) - 1
			folder := site.Files().Output(r.ID, last, 1, "dst")
			for _, pattern := range test.written {
				if found, err := filepath.Glob(filepath.Join(folder, pattern)); len(found) != 1 {
					t.Errorf("dst has %d files %s, want one (%v)", len(found), pattern, err)
				}
			}
			if len(r.Deliveries) != test.receivers {
				t.Errorf("%d deliveries, want %d", len(r.Deliveries), test.receivers)
			}
			for _, archive := range archives {
				same(t, "storescp", archive.Files(), output(t, site, r, last, "dst"))
			}
			site.NoContainers()
		})
	}
}

// A model of the full example wants a GPU. Where no executor has one, its run
// fails at once and says so.
func TestExampleWithoutGPU(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("full", testenv.Example(t, "flows/full.yaml"))
	site.Start()
	site.Send(testenv.Write(t,
		testenv.Object{SeriesDescription: "Head"},
		testenv.Object{Class: testenv.MR, Modality: "MR", StudyDescription: "AutoSegProtocol"})...)
	r := site.Ended("FancyFlow", run.Failed)
	if want := "no executor of this site that may run it has as many: give one gpus in the site's configuration"; !strings.Contains(r.Reason, want) {
		t.Errorf("reason %q, want one with %q", r.Reason, want)
	}
}

// helloWorld sees to it that there is an image hello-world, which has no
// registry to come from here: any that ends by itself will do.
func helloWorld(t *testing.T) {
	t.Helper()
	if exec.Command("docker", "image", "inspect", "hello-world").Run() == nil {
		return
	}
	if output, err := testenv.Command(t, "docker", "tag", testenv.Busybox, "hello-world"); err != nil {
		t.Fatalf("tag: %v: %s", err, output)
	}
	t.Cleanup(func() { testenv.CleanUp(t, "docker", "image", "rm", "hello-world") })
}
