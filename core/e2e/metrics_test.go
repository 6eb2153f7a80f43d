package e2e_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// value is that of a series on a page of metrics; false: it is not there.
func value(page, series string) (float64, bool) {
	for line := range strings.Lines(page) {
		if text, found := strings.CutPrefix(strings.TrimSpace(line), series+" "); found {
			v, err := strconv.ParseFloat(text, 64)
			return v, err == nil
		}
	}
	return 0, false
}

// A scrape of a live agent tells what was received and refused, what flows made
// of it, how tasks ended, and what waits for which destination. Only what the
// site names has a label.
func TestMetricsOfALiveAgent(t *testing.T) {
	t.Parallel()
	archive := (&testenv.Archive{}).Listen(t)
	site := programs.NewSite(t, testenv.Fake(2), fmt.Sprintf(`
		dicom {
			ae_title = "RADDEPLOY"
			peer "ct-room-1" { ae_title = "SCANNER" }
			peer "silent" { ae_title = "SILENT" }
		}
		destination "pacs" {
			host     = "127.0.0.1"
			port     = %d
			ae_title = "PACS"
		}
		destination "dead" {
			host     = "127.0.0.1"
			port     = %d
			ae_title = "DEAD"
		}`, archive.Port(), testenv.FreePort(t)))
	site.Flow("good", copiesTo("pacs"))
	site.Flow("stuck", copiesTo("dead", testenv.Destination(archive.Port())))
	site.Flow("bad", "triggers: [{CallingAET: SCANNER}]\nmodels: [{name: seg, image: any, retries: 1, options: {exit: 3}}]\n")
	site.Flow("never", "triggers: [{CallingAET: NOBODY}]\nmodels: [{image: any}]\n")
	site.Start()

	page := scrape(t, site)
	for _, series := range []string{
		`raddeploy_objects_received_total{peer="silent"}`,
		`raddeploy_flow_verdicts_total{flow="never",verdict="matched"}`,
		`raddeploy_delivery_tries_total{destination="pacs",state="failed"}`,
		`raddeploy_deliveries{destination="dead",state="pending"}`,
	} {
		if v, there := value(page, series); v != 0 || !there {
			t.Errorf("%s is %v before anything happens (there: %v)", series, v, there)
		}
	}

	series, sent := testenv.Series(3), 0
	for _, object := range series {
		sent += len(object.Dataset()) // UIDs are not all as long
	}
	site.Send(testenv.Write(t, series...)...)
	for i, title := range []string{"STRANGER", "STRANGER^DOE"} {
		if echo(t, site.DICOM(), title, "RADDEPLOY") {
			t.Fatalf("stranger %d got an association", i)
		}
	}
	site.Ended("good", run.Done)
	site.Ended("bad", run.Failed)
	site.Run("stuck", "tried twice", func(r api.Run) bool {
		return len(r.Deliveries) == 2 && r.Deliveries[0].Tries > 1 && r.Deliveries[1].State == run.DeliverySent
	})

	testenv.Until(t, "the scanner's last association to be recorded", func() (bool, string) {
		page = scrape(t, site)
		at, _ := value(page, `raddeploy_peer_last_association_timestamp_seconds{peer="ct-room-1"}`)
		return at > 1e9, page
	})
	for series, want := range map[string]float64{
		`raddeploy_associations_total{peer="ct-room-1"}`:                                               1,
		`raddeploy_associations_rejected_total{peer="other",reason="calling AE title not recognized"}`: 2,
		`raddeploy_objects_received_total{peer="ct-room-1"}`:                                           3,
		`raddeploy_objects_received_total{peer="silent"}`:                                              0,
		`raddeploy_received_bytes_total{peer="ct-room-1"}`:                                             float64(sent),
		`raddeploy_arrivals_matched_total{state="matched"}`:                                            1,
		`raddeploy_flow_verdicts_total{flow="good",verdict="matched"}`:                                 1,
		`raddeploy_flow_verdicts_total{flow="never",verdict="no match"}`:                               1,
		`raddeploy_flow_verdicts_total{flow="never",verdict="matched"}`:                                0,
		`raddeploy_attempts_ended_total{executor="fake",flow="bad",model="seg",outcome="exited"}`:      2,
		`raddeploy_attempts_ended_total{executor="fake",flow="good",model="0",outcome="succeeded"}`:    1,
		`raddeploy_task_retries_total{cause="task",flow="bad",model="seg"}`:                            1,
		`raddeploy_runs_finished_total{flow="bad",state="failed"}`:                                     1,
		`raddeploy_runs_finished_total{flow="good",state="done"}`:                                      1,
		`raddeploy_runs_finished_total{flow="stuck",state="done"}`:                                     1,
		`raddeploy_runs{state="sending"}`:                                                              1,
		`raddeploy_runs{state="pending"}`:                                                              0,
		`raddeploy_task_wait_seconds_count{flow="bad"}`:                                                2,
		`raddeploy_deliveries{destination="pacs",state="pending"}`:                                     0,
		`raddeploy_delivery_tries_total{destination="pacs",state="sent"}`:                              1,
		`raddeploy_delivery_tries_total{destination="other",state="sent"}`:                             1,
		`raddeploy_objects_sent_total{destination="pacs"}`:                                             3,
		`raddeploy_held{thing="arrivals"}`:                                                             0,
		`raddeploy_executor_plugin_launches_total{executor="fake"}`:                                    1,
		`raddeploy_executor_drained{executor="fake"}`:                                                  0,
		`raddeploy_scrape_incomplete`:                                                                  0,
	} {
		if got, there := value(page, series); got != want || !there {
			t.Errorf("%s is %v, want %v (there: %v)", series, got, want, there)
		}
	}
	for series, least := range map[string]float64{
		`raddeploy_oldest_delivery_seconds{destination="dead"}`: 1e-6,
		`raddeploy_disk_free_bytes`:                             1 << 20,
		`raddeploy_disk_reserve_bytes`:                          1 << 20,
		`raddeploy_database_bytes`:                              4096,
		`raddeploy_database_commit_seconds_count`:               5,
		`go_goroutines`:                                         1,
		`process_open_fds`:                                      1,
	} {
		if got, _ := value(page, series); got < least {
			t.Errorf("%s is %v, want at least %v", series, got, least)
		}
	}
	for _, secret := range append(testenv.Secrets, "STRANGER", "127.0.0.1", string(series[0].Instance), string(series[0].Study)) {
		if strings.Contains(page, secret) {
			t.Errorf("the page tells %q:\n%s", secret, page)
		}
	}
	if uid := regexp.MustCompile(`\d+\.\d+\.\d+\.\d+\.\d+`).FindString(page); uid != "" {
		t.Errorf("the page has what looks like a UID: %s", uid)
	}
}

// What is held and what an operator keeps from tasks is on the page.
func TestMetricsOfWhatIsHeld(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("copy", copies)
	site.Start()
	sender := testenv.Dial(t, site.DICOM())
	object := testenv.Series(1)[0]
	if status, err := sender.Store(object, object.Dataset()); err != nil || !status.Success() {
		t.Fatal(status, err)
	}
	sender.Abort()
	site.Arrival(1, run.ArrivalIncomplete)
	if code, out := cli(t, site, "drain", "fake"); code != 0 {
		t.Fatal(out)
	}
	page := scrape(t, site)
	for series, want := range map[string]float64{
		`raddeploy_held{thing="arrivals"}`:               1,
		`raddeploy_arrivals{state="incomplete"}`:         1,
		`raddeploy_executor_drained{executor="fake"}`:    1,
		`raddeploy_objects_received_total{peer="other"}`: 1,
	} {
		if got, there := value(page, series); got != want || !there {
			t.Errorf("%s is %v, want %v (there: %v)", series, got, want, there)
		}
	}
}
