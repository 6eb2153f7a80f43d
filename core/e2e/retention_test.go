package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// brief keeps files for a moment, and logs and rows for long.
const brief = `retention {
	files     = "1s"
	files_min = "1s"
}`

// Files go when they are old enough, and what an undelivered output needs stays.
// The pages that told of the files say so, and the command line says it before.
func TestRetention(t *testing.T) {
	t.Parallel()
	archive := testenv.Storescp(t)
	dead := testenv.Destination(testenv.FreePort(t))
	site := programs.NewSite(t, testenv.Fake(2), brief, `deliver { retry_min = "1h" retry_max = "1h" }`)
	site.Flow("sent", strings.Replace(copiesTo(archive.Destination()), "copy: true", "copy: true, stdout: [hello]", 1))
	site.Start()
	site.Send(testenv.Write(t, testenv.Series(3)...)...)
	sent := site.Ended("sent", run.Done)
	site.Flow("sent", "mode: off\n"+copies)
	site.Flow("unsent", copiesTo(dead))
	testenv.Until(t, "the other flow to be in force", func() (bool, string) {
		status, err := site.Client().Status(t.Context())
		return err == nil && strings.Contains(strings.Join(status.Flows, " "), "unsent"), fmt.Sprint(status.Flows)
	})
	site.Send(testenv.Write(t, testenv.Series(2)...)...)
	unsent := site.Run("unsent", "tried once", func(r api.Run) bool { return len(r.Deliveries) == 1 && r.Deliveries[0].Reason != "" })

	gone(t, "objects of the run that was sent", func() []string { return below(site.Data("objects", string(sent.Arrival))) })
	gone(t, "files of the run that was sent", func() []string { return without(below(site.Files().Run(sent.ID)), "0-1/stdout") })
	if got := below(site.Files().Run(sent.ID)); len(got) != 1 {
		t.Errorf("of the run that was sent there are %v: want what it printed", got)
	}
	told, err := site.Client().Run(t.Context(), string(sent.ID))
	if err != nil || told.FilesRemoved == nil || told.LogsRemoved != nil {
		t.Errorf("the run says %+v, %v: want when its files were removed, and not its logs", told, err)
	}
	if _, text := cli(t, site, "runs", string(sent.ID)); !strings.Contains(text, "files removed on ") {
		t.Errorf("runs ID does not say that the files are removed:\n%s", text)
	}
	if _, text := cli(t, site, "arrivals", string(sent.Arrival)); !strings.Contains(text, "files removed on ") {
		t.Errorf("arrivals ID does not say that the files are removed:\n%s", text)
	}

	if got := below(site.Data("objects", string(unsent.Arrival))); len(got) != 2 {
		t.Errorf("of the arrival whose results are not delivered there are %v: want its 2 objects", got)
	}
	if got := without(below(site.Files().Run(unsent.ID)), "0-1/stdout"); len(got) == 0 {
		t.Error("an undelivered output was removed")
	}
	_, text := cli(t, site, "retention")
	for _, want := range []string{string(unsent.ID)[:8] + " *sending", "a delivery is pending|the run is sending", string(sent.ID)[:8] + ".*removed 20"} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("retention does not say %s:\n%s", want, text)
		}
	}
	_, list := cli(t, site, "retention", "-json")
	var going []struct{ ID, State, Why string }
	if err := json.Unmarshal([]byte(list), &going); err != nil || len(going) < 4 || going[0].ID == "" || going[0].State == "" {
		t.Errorf("-json lists %+v, %v: want both arrivals and both runs with id and state", going, err)
	}
	metrics := scrape(t, site)
	for _, want := range []string{`raddeploy_removed_total{kind="objects"} 3`, `raddeploy_removals_stuck 0`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics do not say %s:\n%s", want, metrics)
		}
	}
}

// In the end everything goes, rows too, over a restart; what is held stays.
func TestRetentionOfEverything(t *testing.T) {
	t.Parallel()
	archive := testenv.Storescp(t)
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("copy", copiesTo(archive.Destination()))
	site.Start()
	site.Send(testenv.Write(t, testenv.Series(2)...)...)
	ended := site.Ended("copy", run.Done)
	sender := testenv.Dial(t, site.DICOM())
	sender.MustStore(testenv.Series(1)...)
	sender.Abort()
	held := site.Arrival(2, run.ArrivalIncomplete)
	site.Stop()
	everything := "retention {\n files = \"1s\"\n logs = \"1s\"\n runs = \"1s\"\n files_min = \"1s\"\n}\n"
	if err := os.WriteFile(filepath.Join(site.Dir, "config", "3-later.hcl"), []byte(everything), 0o644); err != nil {
		t.Fatal(err)
	}
	site.Start()

	testenv.Until(t, "the rows to be gone", func() (bool, string) {
		arrivals, err := site.Client().Arrivals(t.Context(), api.ArrivalQuery{})
		runs, err2 := site.Client().Runs(t.Context(), api.RunQuery{})
		return err == nil && err2 == nil && len(runs.Items) == 0 && len(arrivals.Items) == 1 && arrivals.Items[0].ID == held.ID, fmt.Sprint(arrivals, runs)
	})
	for _, folder := range []string{site.Files().Run(ended.ID), site.Data("objects", string(ended.Arrival))} {
		if _, err := os.Stat(folder); err == nil {
			t.Errorf("%s is there", folder)
		}
	}
	if got := below(site.Data("objects")); len(got) != 1 {
		t.Errorf("objects left: %v, want the one that is held", got)
	}
	if got := len(archive.Files()); got != 2 {
		t.Errorf("the archive has %d objects", got)
	}
}

// Containers write as other users, and make folders that not even their owner
// may read. What they had for their own goes at once, the rest at its age.
func TestRetentionOfOtherUsersFiles(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root removes the files of other users")
	}
	site := programs.NewSite(t, testenv.Docker(t, 1), brief)
	site.Flow("closed", `
triggers: [{Modality: CT}]
models:
  - image: "`+testenv.Busybox+`"
    command: [sh, -c, 'touch /input/mine; mkdir -p /output/a/b; echo x >/output/a/b/c; ln -s b /output/a/l; chmod 0 /output/a/b /output/a']
    user: "1234:1234"
    network_disabled: true
    pull_before_exec: false
`)
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	ended := site.Ended("closed", run.Done)
	gone(t, "the working folder", func() []string { return below(site.Files().Work(ended.ID, 0, 1)) })
	gone(t, "what the container wrote", func() []string { return below(site.Files().Run(ended.ID)) })
	gone(t, "the folders of the run", func() []string {
		if _, err := os.Lstat(site.Files().Run(ended.ID)); err == nil {
			return []string{string(ended.ID)}
		}
		return nil
	})
}

// A disk that is short makes files go before their age, but not those that are
// needed or too young.
func TestRetentionUnderPressure(t *testing.T) {
	t.Parallel()
	disk := testenv.SmallDisk(t, 64<<20)
	site := programs.NewSite(t, testenv.Fake(1), fmt.Sprintf(`data_dir = %q
		retention {
			reserve   = "40MiB"
			files_min = "1s"
		}`, filepath.Join(disk, "data")))
	site.Flow("copy", copies)
	site.Start()
	site.Send(testenv.Write(t, testenv.Series(2)...)...)
	ended := site.Ended("copy", run.Done)
	gone(t, "objects", func() []string { return below(filepath.Join(disk, "data", "objects", string(ended.Arrival))) })
	if _, text := cli(t, site, "retention"); !strings.Contains(text, "within twice the reserve") {
		t.Errorf("retention does not say that the disk is short:\n%s", text)
	}
}

func gone(t *testing.T, what string, left func() []string) {
	t.Helper()
	testenv.Until(t, what+" to be gone", func() (bool, string) {
		files := left()
		return len(files) == 0, fmt.Sprint(files)
	})
}

// below lists what is below a folder but folders.
func below(folder string) (files []string) {
	_ = filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, _ := filepath.Rel(folder, path)
			files = append(files, name)
		}
		return nil // it may be removed meanwhile
	})
	return files
}

func without(files []string, name string) (others []string) {
	for _, file := range files {
		if file != name {
			others = append(others, file)
		}
	}
	return others
}
