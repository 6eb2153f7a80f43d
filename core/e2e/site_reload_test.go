package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
)

// reload has the agent reload by the command, and checks what it says.
func reload(t *testing.T, site *testenv.Site, code int, says ...string) {
	t.Helper()
	got, out := cli(t, site, "reload")
	if got != code {
		t.Fatalf("reload: exit code %d, want %d\n%s", got, code, out)
	}
	for _, want := range says {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("reload does not say %q:\n%s", want, out)
		}
	}
}

// A site's file is taken up while the agent works: what can change does at once,
// and what cannot says so. A wrong file changes nothing.
func TestReloadOfTheSite(t *testing.T) {
	t.Parallel()
	const peers = "dicom {\n peer %q { ae_title = %q }\n}\n"
	archive := testenv.Storescp(t)
	site := programs.NewSite(t, testenv.Fake(1), fmt.Sprintf(peers, "a", testenv.CallingAE))
	site.Flow("copy", copies)
	site.StartProgram()
	reload(t, site, 0, "nothing has changed")
	sender := testenv.Dial(t, site.DICOM())
	series := testenv.Series(2)
	sender.MustStore(series[0])

	destination := fmt.Sprintf("destination \"pacs\" {\n host = \"127.0.0.1\"\n port = %d\n ae_title = \"STORESCP\"\n}\n", archive.Port)
	site.Settings(testenv.Fake(3), fmt.Sprintf(peers, "b", "OTHER"), destination, "http { listen = \"127.0.0.1:1\" }", "log { level = \"debug\" }", "retention { files = \"3h\" }")
	reload(t, site, 0,
		`peer "a" removed now`, `peer "b" added now`, `destination "pacs" added now`, `executor "fake" changed now`,
		"log.level trace → debug now", "retention.files 168h0m0s → 3h0m0s now", "http.listen 127.0.0.1:0 → 127.0.0.1:1 after a restart")
	site.Logs("site reloaded", "http.listen")
	if _, out := cli(t, site, "retention"); !strings.Contains(out, "files 3h,") {
		t.Errorf("files are kept as before:\n%s", out)
	}
	if _, err := testenv.Storescu(t, site.DICOM(), nil, testenv.Write(t, testenv.Object{})...); err == nil {
		t.Error("a peer that is not named any more may send")
	}
	sender.MustStore(series[1]) // the open association is not disturbed
	sender.MustRelease()
	site.Ended("copy", run.Done)

	site.Settings(testenv.Fake(3), "dicom {\n max_pdus = 1\n}\n")
	reload(t, site, 1, "2-own.hcl:", "max_pdus", "did you mean max_pdu")
	site.Settings(testenv.Fake(3), "executor \"fake\" \"second\" {\n config { dirr = \"x\" }\n}\n")
	reload(t, site, 1, "2-own.hcl:", "dirr")
	site.Settings("executor \"fake\" {\n cpus = 3\n config {\n dir = \"SITE/fake\"\n broken = \"configure\"\n }\n}\n")
	reload(t, site, 1, "2-own.hcl:", "config")
	site.Settings(testenv.Fake(3), "executor \"nowhere\" {}\n")
	reload(t, site, 1, "2-own.hcl:", "nowhere", "install it")
	if _, err := testenv.Storescu(t, site.DICOM(), nil, testenv.Write(t, testenv.Object{})...); err == nil {
		t.Error("a wrong file has changed who may send")
	}

	site.Settings(testenv.Fake(3), destination)
	site.Signal(syscall.SIGHUP)
	testenv.Until(t, "anybody to be admitted", func() (bool, string) {
		out, err := testenv.Storescu(t, site.DICOM(), nil, testenv.Write(t, series...)...)
		return err == nil, out
	})
	if _, out := cli(t, site, "journal"); strings.Count(out, "reload") != 2 || !strings.Contains(out, "SIGHUP") || !strings.Contains(out, "log.level") {
		t.Errorf("the journal of two reloads that changed something is\n%s", out)
	}
	site.Flow("copy", copiesTo("pacs"))
	site.Logs("flow taken up", "digest_before")
	site.Send(testenv.Write(t, series...)...)
	testenv.Until(t, "the changed flow's results to be sent", func() (bool, string) {
		runs := site.Runs("copy")
		newest := runs[len(runs)-1]
		return newest.State == run.Done && len(newest.Deliveries) == 1, testenv.Describe(newest)
	})
	same(t, "the archive", archive.Files(), files(series))
}

// Executors come and go while tasks run: none is started twice, none is lost.
func TestReloadOfExecutors(t *testing.T) {
	t.Parallel()
	hold := strings.Replace(copies, "copy: true", "hold: true", 1)
	second := func(cpus int) string {
		return fmt.Sprintf("executor \"fake\" \"second\" {\n cpus = %d\n config { dir = \"SITE/fake\" }\n}\n", cpus)
	}
	const told = "executor \"fake\" {\n cpus = 1\n config {\n dir = \"SITE/fake\"\n poll = \"6ms\"\n }\n}\n"
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("one", hold)
	site.Start()
	for range 2 {
		site.Send(testenv.Write(t, testenv.Object{})...)
	}
	attempts := func(n int) (ids []sdk.AttemptID) {
		t.Helper()
		testenv.Until(t, fmt.Sprint(n, " running tasks"), func() (bool, string) {
			ids = nil
			for _, r := range site.Runs("one") {
				for _, attempt := range r.Tasks[0].Attempts {
					if attempt.Doing == "running" {
						ids = append(ids, sdk.AttemptID(attempt.ID))
					}
				}
			}
			return len(ids) == n, fmt.Sprint(ids)
		})
		return ids
	}
	attempts(1)
	site.Settings(testenv.Fake(1), second(2))
	reload(t, site, 0, `executor "second" added now`)
	attempts(2) // what waited runs on the added one

	// other settings of the plugin: it is launched anew, and its task goes on
	site.Settings(told, second(2))
	reload(t, site, 0, `executor "fake" changed now`)
	site.Ready()
	ids := attempts(2)

	site.Settings(told)
	reload(t, site, 0, `executor "second" removed now`)
	if code, out := cli(t, site, "status"); code != 0 || !strings.Contains(out, "draining") {
		t.Errorf("status while an executor ends its tasks: exit code %d\n%s", code, out)
	}
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Arrival(3, run.ArrivalMatched)
	for _, id := range ids {
		if err := site.Backend().Release(id); err != nil {
			t.Fatal(err)
		}
	}
	testenv.Until(t, "the removed executor to be gone", func() (bool, string) {
		_, out := cli(t, site, "status")
		return !strings.Contains(out, "second"), out
	})
	for _, id := range attempts(1) { // the third one runs on what is left
		if err := site.Backend().Release(id); err != nil {
			t.Fatal(err)
		}
	}
	testenv.Until(t, "all runs to be done", func() (bool, string) {
		for _, r := range site.Runs("one") {
			if r.State != run.Done {
				return false, testenv.Describe(r)
			}
		}
		return true, ""
	})
	runs := site.Runs("one")
	oneTry(t, runs...)
	if last := runs[len(runs)-1].Tasks[0].Attempts[0].Executor; last != "fake" {
		t.Errorf("the last task ran on %s", last)
	}
}

// Reloads at once, while an association is open and tasks start: each of them
// takes up a whole file.
func TestReloadsAtOnce(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(4))
	site.Flow("copy", copies)
	site.Start()
	sender := testenv.Dial(t, site.DICOM())
	series := testenv.Series(8)
	var all sync.WaitGroup
	for i := range 3 {
		all.Go(func() {
			for n := range 5 {
				if i == 0 {
					site.Settings(testenv.Fake(2+n%3), fmt.Sprintf("dicom { max_associations = %d }", 20+n))
				}
				if _, err := site.Client().Reload(t.Context(), api.Order{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, o := range series {
		sender.MustStore(o)
		site.Send(testenv.Write(t, testenv.Object{})...)
	}
	all.Wait()
	sender.MustRelease()
	testenv.Until(t, "all runs to be done", func() (bool, string) {
		runs := site.Runs("copy")
		for _, r := range runs {
			if r.State != run.Done {
				return false, testenv.Describe(r)
			}
		}
		return len(runs) == len(series)+1, fmt.Sprint(len(runs), " runs")
	})
	oneTry(t, site.Runs("copy")...)
}

// The unit file's ExecReload works: it checks the file first, so that systemctl
// says what is wrong, and then sends the signal.
func TestUnitReloads(t *testing.T) {
	t.Parallel()
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(root + "/configs/raddeploy.service")
	if err != nil {
		t.Fatal(err)
	}
	var commands []string
	for line := range strings.Lines(string(text)) {
		if command, ok := strings.CutPrefix(line, "ExecReload="); ok {
			commands = append(commands, strings.TrimSpace(command))
		}
	}
	site := programs.NewSite(t, testenv.Fake(1))
	site.StartProgram()
	systemctl := func() (string, error) { // as systemd runs them: one after the other, until one fails
		replace := strings.NewReplacer("/usr/bin/raddeploy", programs.Agent, "/etc/raddeploy/site.hcl", site.Dir+"/config", "$MAINPID", fmt.Sprint(site.PID()))
		for _, command := range commands {
			words := strings.Fields(replace.Replace(command))
			if output, err := exec.CommandContext(t.Context(), words[0], words[1:]...).CombinedOutput(); err != nil {
				return string(output), err
			}
		}
		return "", nil
	}
	site.Settings(testenv.Fake(1), "dicom { max_pdus = 1 }")
	if out, err := systemctl(); err == nil || !strings.Contains(out, "max_pdus") {
		t.Errorf("a wrong file: %v\n%s", err, out)
	}
	if told := site.Told("site not reloaded"); len(told) > 0 {
		t.Errorf("the agent was told to take it up: %s", told)
	}
	site.Settings(testenv.Fake(5))
	if out, err := systemctl(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	testenv.Until(t, "the new slots", func() (bool, string) {
		all, err := site.Client().Executors(t.Context())
		return err == nil && len(all) == 1 && all[0].CPUs == 5, fmt.Sprint([]api.Executor(all), err)
	})
}
