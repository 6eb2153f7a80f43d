package e2e_test

import (
	"fmt"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// cockpit is a site on which everything happens that the pages show: a run with a
// graph under way, one that waits, one that failed, results that cannot be
// delivered, an arrival that is held, a peer that was rejected, a broken file.
type cockpit struct {
	*testenv.Site
	t               *testing.T
	archive, backup *testenv.Receiver // the second one is away
	arrivals        int
}

func newCockpit(t *testing.T) *cockpit {
	t.Helper()
	c := &cockpit{t: t, archive: testenv.Storescp(t), backup: testenv.Storescp(t)}
	c.backup.Stop()
	c.Site = programs.NewSite(t, fakeOn("gpu-box", `["0", "1"]`, gpu0, gpu1), fmt.Sprintf(`
		name = "radonc"
		dicom {
			ae_title = "RADDEPLOY"
			peer "CT 1" { ae_title = "SCANNER" }
			peer "MR 2" { ae_title = "MR2" }
		}
		destination "PACS" { host = "127.0.0.1", port = %d, ae_title = "ARCHIVE" }
		destination "PACS_2" { host = "127.0.0.1", port = %d, ae_title = "BACKUP" }`, c.archive.Port, c.backup.Port))
	c.Flow("headneck", `
name: HeadNeck
version: "2.1"
priority: 3
owner: physics
triggers: [{Modality: CT, SeriesDescription: "Head|Neck"}]
models:
  - {name: resample, image: "registry/resample:2", options: {copy: true, stdout: [reading the volume, resampled to 1 mm]}, output_mounts: {volume: /output}}
  - {name: fold 0, image: "registry/fold:2", gpu: 1, options: {hold: true, copy: true, stdout: [loading weights of fold 0, patch 1 of 48]}, input_mounts: {volume: /input}, output_mounts: {p0: /output}}
  - {name: fold 1, image: "registry/fold:2", gpu: 1, options: {hold: true, copy: true, stdout: [loading weights of fold 1], stderr: [low memory]}, input_mounts: {volume: /input}, output_mounts: {p1: /output}}
  - {name: fold 2, image: "registry/fold:2", gpu: 1, options: {hold: true, copy: true}, input_mounts: {volume: /input}, output_mounts: {p2: /output}}
  - {name: join, image: "registry/join:2", options: {files: {dst/RS.txt: none}}, input_mounts: {p0: /p0, p1: /p1, p2: /p2}}
destinations: [{name: PACS}, {name: PACS_2}]
`)
	c.Flow("bone", `
name: Bone
version: "1.0"
triggers: [{Modality: CT, SeriesDescription: Bone}]
models: [{name: segment, image: "registry/bone:1", options: {copy: true, stdout: [segmented 3 bones]}}]
destinations: [{name: PACS_2}]
`)
	c.Flow("lung", `
name: LungNodule
version: "1.0"
owner: ai group
triggers: [{Modality: CT, SeriesDescription: Thorax}]
models: [{name: detect, image: "registry/lung:1", options: {reason: out_of_memory, stdout: [detecting], stderr: [Killed]}}]
destinations: [{name: PACS}]
`)
	c.Flow("cardiac", "name: Cardiac\nversion: \"0.9\"\nmode: shadow\ntriggers: [{Modality: MR}]\nmodels: [{name: chambers, image: any, gpu: 2, options: {copy: true}}]\n")
	c.Flow("spine", "name: Spine\ntriggers: [{Modalty: CT\nmodels: [{image: any}]\n")
	c.Start()
	return c
}

// sends sends a series with a description, and returns the arrival.
func (c *cockpit) sends(description, modality string, images int) api.Arrival {
	c.t.Helper()
	series := testenv.Series(images)
	for i := range series {
		series[i].SeriesDescription, series[i].Modality = description, modality
	}
	c.Send(testenv.Write(c.t, series...)...)
	c.arrivals++
	return c.Arrival(c.arrivals, run.ArrivalMatched)
}

// happens has all of it happen.
func (c *cockpit) happens() {
	c.t.Helper()
	c.sends("Head^RT", "CT", 12)
	c.Run("HeadNeck", "running two folds", testenv.Running(2))
	c.sends("Bone 0.6", "CT", 4)
	c.Run("Bone", "tried", tried)
	c.sends("Thorax 1.5", "CT", 6)
	c.Ended("LungNodule", run.Failed)
	c.holds()
	if echo(c.t, c.DICOM(), "CT_SIM2", "RADDEPLOY") {
		c.t.Error("a peer that the site does not name got an association")
	}
}

// holds has an arrival break off, which is held then.
func (c *cockpit) holds() api.Arrival {
	c.t.Helper()
	sender := testenv.Dial(c.t, c.DICOM())
	series := testenv.Series(3)
	for i := range series {
		series[i].SeriesDescription = "Bone 0.6"
	}
	sender.MustStore(series...)
	sender.Abort()
	c.arrivals++
	return c.Arrival(c.arrivals, run.ArrivalIncomplete)
}

// ends lets the attempts of a run end that are held.
func (c *cockpit) ends(r api.Run, task int) {
	c.t.Helper()
	for _, a := range r.Tasks[task].Attempts {
		if err := backendOf(c.Site, "gpu-box").Release(sdk.AttemptID(a.ID)); err != nil {
			c.t.Fatal(err)
		}
	}
}
