package e2e_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// grafanaBoard is what a test needs of Grafana's model of one.
type grafanaBoard struct {
	Panels []struct {
		Title   string
		Type    string
		GridPos struct{ X, Y, W, H int }
		Targets []struct{ Expr, RawQueryText string }
	}
}

func readDashboard(t *testing.T, name string) (d grafanaBoard) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../configs/grafana", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// startPrometheus starts a Prometheus that scrapes an agent each second, with the
// project's rules, and returns its address.
func startPrometheus(t *testing.T, agent string) string {
	t.Helper()
	program := testenv.Tool(t, "prometheus")
	dir := t.TempDir()
	rules, err := filepath.Abs("../../configs/prometheus/raddeploy.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "prometheus.yml")
	text := fmt.Sprintf("global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [%s]\nscrape_configs: [{job_name: raddeploy, static_configs: [{targets: [%q]}]}]\n",
		rules, strings.TrimPrefix(agent, "http://"))
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t))
	command := exec.Command(program, "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait() // it was killed
	})
	return "http://" + address
}

// ask runs a query and returns how many series it has.
func ask(prometheus, query string) (int, error) {
	response, err := http.Get(prometheus + "/api/v1/query?query=" + url.QueryEscape(query))
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	var answer struct {
		Status, Error string
		Data          struct{ Result []any }
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return 0, err
	}
	if answer.Status != "success" {
		return 0, fmt.Errorf("%s: %s", answer.Status, answer.Error)
	}
	return len(answer.Data.Result), nil
}

// grafana puts into a query what Grafana would.
var grafana = strings.NewReplacer("$__rate_interval", "1m", "$instance", ".*")

// Each query of the Prometheus dashboard is one that a real Prometheus answers
// from a live agent, and the rules load there.
func TestDashboardOnARealPrometheus(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1), `dicom { peer "ct" { ae_title = "SCANNER" } }`)
	site.Flow("copy", copies)
	site.Start()
	site.Send(testenv.Write(t, testenv.Series(2)...)...)
	site.Ended("copy", run.Done)
	prometheus := startPrometheus(t, site.HTTP())
	testenv.Until(t, "Prometheus to have scraped the agent twice", func() (bool, string) {
		n, err := ask(prometheus, `rate(raddeploy_objects_received_total{peer="ct"}[1m])`)
		return n == 1, fmt.Sprint(n, err)
	})
	if n, err := ask(prometheus, `raddeploy_objects_received_total{peer="ct", job="raddeploy"} == 2`); n != 1 || err != nil {
		t.Errorf("two objects were received, and Prometheus knows otherwise: %d, %v", n, err)
	}
	empty := map[string]bool{ // nothing of it is on this site
		"Executors that do not work": false, "Attempts that failed, an hour": true, "GPUs": true, "Oldest delivery": true,
		"Waiting deliveries": true, "Tries, an hour": true, "Refused and rejected, an hour": true,
	}
	queries := 0
	for _, panel := range readDashboard(t, "raddeploy.json").Panels {
		if panel.GridPos.W == 0 || panel.GridPos.X+panel.GridPos.W > 24 {
			t.Errorf("%s is not on the grid of 24 columns: %+v", panel.Title, panel.GridPos)
		}
		for _, target := range panel.Targets {
			queries++
			n, err := ask(prometheus, grafana.Replace(target.Expr))
			if err != nil || n == 0 && !empty[panel.Title] {
				t.Errorf("%s: %s has %d series, %v", panel.Title, target.Expr, n, err)
			}
		}
	}
	if queries < 25 {
		t.Errorf("only %d queries were found", queries)
	}
}

// The panel of the Python RadDeploy works on a database of this one.
func TestRowsDashboardOnARealDatabase(t *testing.T) {
	t.Parallel()
	site := programs.NewSite(t, testenv.Fake(1))
	site.Flow("copy", copies)
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Ended("copy", run.Done)
	db, err := sql.Open("sqlite", "file:"+site.Data("state.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	panels := readDashboard(t, "raddeploy-rows.json").Panels
	if len(panels) != 1 || panels[0].Targets[0].RawQueryText != "SELECT * FROM rows" {
		t.Fatalf("the dashboard is %+v", panels)
	}
	var n int
	if err := db.QueryRow("SELECT count(*) FROM (" + panels[0].Targets[0].RawQueryText + ") WHERE Status = 5").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d rows say that a run was sent, %v; want 1", n, err)
	}
}
