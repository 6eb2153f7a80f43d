package e2e_test

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// oneTry checks that the runs have one attempt at each of their tasks, and
// returns the first attempt of all.
func oneTry(t *testing.T, runs ...api.Run) sdk.AttemptID {
	t.Helper()
	var first sdk.AttemptID
	for _, r := range runs {
		for _, task := range r.Tasks {
			if len(task.Attempts) != 1 {
				t.Errorf("task %s of run %s has %d attempts", task.Name, r.ID, len(task.Attempts))
				continue
			}
			if first == "" {
				first = sdk.AttemptID(task.Attempts[0].ID)
			}
		}
	}
	return first
}

// copyFile copies one file and nothing beside it.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// noLog checks that nothing of the database is outside of its file.
func noLog(t *testing.T, site *testenv.Site) {
	t.Helper()
	if info, err := os.Stat(site.Data("state.db-wal")); err == nil && info.Size() > 0 {
		t.Errorf("the agent has ended and left %d bytes in the write-ahead log", info.Size())
	}
}

// refuses runs the program as a site's agent, which must refuse to start, and
// returns what it says.
func refuses(t *testing.T, site *testenv.Site) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), programs.Agent, "agent", "-config", filepath.Join(site.Dir, "config"))
	output, err := command.CombinedOutput()
	if _, exited := err.(*exec.ExitError); !exited {
		t.Fatalf("the agent has started: %v\n%s", err, output)
	}
	return string(output)
}

// A back-up of a working agent is restored: what had ended is not done again,
// what is running is found, and a new database never takes the place of a lost
// one without a word.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	archive := testenv.Storescp(t)
	site := programs.NewSite(t, testenv.Fake(4))
	site.Flow("sent", copiesTo(archive.Destination()))
	site.StartProgram()
	series := testenv.Series(2)
	site.Send(testenv.Write(t, series...)...)
	site.Ended("sent", run.Done)
	site.Flow("sent", "mode: off\n"+copies)
	site.Flow("held", strings.Replace(copies, "copy: true", "hold: true", 1))
	testenv.Until(t, "the flow to be in force", func() (bool, string) {
		f, err := site.Client().Flow(t.Context(), "held")
		return err == nil, f.State
	})
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Run("held", "running", testenv.Running(1))

	backup := filepath.Join(t.TempDir(), "state.db")
	if code, out := cli(t, site, "backup", backup); code != 0 {
		t.Fatal(out)
	}
	if info, err := os.Stat(backup); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the back-up: %v, %v", info, err)
	}
	if code, out := cli(t, site, "backup", backup); code != 1 || !strings.Contains(out, "-force") {
		t.Errorf("a second back-up to the same file: exit code %d\n%s", code, out)
	}
	if code, out := cli(t, site, "backup", "-force", backup); code != 0 {
		t.Errorf("a second back-up with -force: exit code %d\n%s", code, out)
	}
	if code, out := cli(t, site, "backup", "-force", site.Data("state.db")); code != 1 || !strings.Contains(out, "database of a data folder") {
		t.Errorf("a back-up over the database itself: exit code %d\n%s", code, out)
	}
	site.Stop()
	noLog(t, site)

	if err := os.Remove(site.Data("state.db")); err != nil {
		t.Fatal(err)
	}
	if said := refuses(t, site); !strings.Contains(said, "missing or empty") || !strings.Contains(said, "restore a back-up") {
		t.Errorf("an agent without its database says\n%s", said)
	}
	copyFile(t, backup, site.Data("state.db"))
	site.StartProgram()
	held := site.Run("held", "running", testenv.Running(1))
	if err := site.Backend().Release(oneTry(t, held)); err != nil {
		t.Fatal(err)
	}
	oneTry(t, site.Ended("held", run.Done), site.Ended("sent", run.Done))
	if runs := len(site.Runs("sent")) + len(site.Runs("held")); runs != 2 {
		t.Errorf("%d runs, want 2", runs)
	}
	same(t, "the archive", archive.Files(), files(series))
}

// What came after a back-up is not lost without a word when it is restored: its
// objects stay and are told of, its task is removed as a leftover.
func TestRestoreOfAnOlderBackup(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(4))
	site.Flow("held", strings.Replace(copies, "copy: true", "hold: true", 1))
	site.StartProgram()
	send := func() {
		t.Helper()
		site.Send(testenv.Write(t, testenv.Object{})...)
		site.Run("held", "running", testenv.Running(1))
	}
	send()
	backup := filepath.Join(t.TempDir(), "state.db")
	if code, out := cli(t, site, "backup", backup); code != 0 {
		t.Fatal(out)
	}
	send()
	late := site.Arrival(2, run.ArrivalMatched).ID
	site.Stop()
	copyFile(t, backup, site.Data("state.db"))
	site.StartProgram()
	testenv.Until(t, "the late arrival to be told of", func() (bool, string) {
		code, out := cli(t, site, "status")
		return code == 1 && strings.Contains(out, "1 arrival in objects") && strings.Contains(out, string(late)), out
	})
	if _, err := os.Stat(site.Data("objects", string(late))); err != nil {
		t.Errorf("the late arrival's objects: %v", err)
	}
	testenv.Until(t, "the late task to be removed", func() (bool, string) {
		attempts, err := site.Backend().Attempts()
		return err == nil && len(attempts) == 1, fmt.Sprint(attempts, err)
	})
	held := site.Run("held", "running", testenv.Running(1))
	if err := site.Backend().Release(oneTry(t, held)); err != nil {
		t.Fatal(err)
	}
	oneTry(t, site.Ended("held", run.Done))
}

// The data folder's own database is a file that may be copied after a stop, and
// `backup -config` copies it whether or not the agent runs.
func TestBackupOfAStoppedAgent(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("copy", copies)
	site.StartProgram()
	site.Send(testenv.Write(t, testenv.Object{})...)
	want := site.Ended("copy", run.Done)
	dir := t.TempDir()
	config := filepath.Join(site.Dir, "config")
	running, stopped, copied := filepath.Join(dir, "running.db"), filepath.Join(dir, "stopped.db"), filepath.Join(dir, "copied.db")
	if code, out := cli(t, site, "backup", "-config", config, running); code != 0 {
		t.Fatal(out)
	}
	address := site.Client().Address
	site.Stop()
	output, err := exec.CommandContext(t.Context(), programs.Agent, "backup", "-address", address, stopped).CombinedOutput()
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 3 || !strings.Contains(string(output), "no agent answers") {
		t.Errorf("without an agent: %v\n%s", err, output)
	}
	if output, err := exec.CommandContext(t.Context(), programs.Agent, "backup", "-config", config, stopped).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	copyFile(t, site.Data("state.db"), copied)
	noLog(t, site)
	for _, from := range []string{running, stopped, copied} {
		copyFile(t, from, site.Data("state.db"))
		site.StartProgram()
		if runs := site.Runs("copy"); len(runs) != 1 || runs[0].ID != want.ID || runs[0].State != run.Done {
			t.Errorf("%s: runs %v", filepath.Base(from), runs)
		}
		site.Stop()
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 3 {
		t.Errorf("beside the back-ups: %v, %v", left, err)
	}
}

// breakTable overwrites the first page of a table.
func breakTable(t *testing.T, path, table string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	var page, size int64
	err = db.QueryRowContext(t.Context(), "SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE name = ?", table).Scan(&page, &size)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteAt([]byte(strings.Repeat("\xff", 64)), (page-1)*size)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
}

// A page of the database that is broken is told by health, status and the log,
// and the agent goes on with the rest.
func TestBrokenDatabaseIsTold(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Start()
	if health, err := site.Client().Health(t.Context()); err != nil || health.State != "healthy" || len(health.Problems) > 0 {
		t.Errorf("health of a whole site: %+v, %v", health, err)
	}
	site.Stop()
	breakTable(t, site.Data("state.db"), "delivery_object") // which nothing reads at the start
	site.Start()
	testenv.Until(t, "health to tell", func() (bool, string) {
		health, err := site.Client().Health(t.Context())
		return err == nil && health.State == "unhealthy" && len(health.Problems) == 1 && strings.Contains(health.Problems[0], "state.db is broken"), health.State
	})
	if response, err := http.Get(site.HTTP() + "/v1/health"); err != nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("GET /v1/health: %v, %v", response, err)
	}
	if code, out := cli(t, site, "status"); code != 1 || !strings.Contains(out, "state.db is broken") || !strings.Contains(out, "restore a back-up") {
		t.Errorf("status: exit code %d\n%s", code, out)
	}
	site.Logs("is broken", "data folder")
}
