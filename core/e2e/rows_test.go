package e2e_test

import (
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
	"github.com/raddeploy/raddeploy/core/run"
)

// What a dashboard of the Python RadDeploy asks for is answered while the agent
// works: the view's columns, their types, and a status for every state that a
// run can be in.
func TestRows(t *testing.T) {
	t.Parallel()
	reached, open := make(chan struct{}, 1), make(chan struct{})
	slow := (&testenv.Archive{Store: func(int) dimse.Status { reached <- struct{}{}; <-open; return dimse.Success }}).Listen(t)
	t.Cleanup(func() { close(open) })
	taking := (&testenv.Archive{}).Listen(t)
	refusing := (&testenv.Archive{Accepts: func(dcm.UID) bool { return false }}).Listen(t)
	dead := testenv.Destination(testenv.FreePort(t))
	site := programs.NewSite(t, testenv.Fake(3), `deliver { retry_min = "1h" retry_max = "1h" }`)
	site.Flow("sent", "version: 1.02\npriority: 3\n"+copiesTo(taking.Destination()))
	site.Flow("refused", copiesTo(refusing.Destination()))
	site.Flow("failed", strings.Replace(copies, "copy: true", "exit: 7", 1))
	site.Flow("unsent", copiesTo(dead))
	site.Flow("sending", copiesTo(slow.Destination()))
	site.Start()
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Ended("sent", run.Done)
	site.Ended("refused", run.Failed)
	site.Ended("failed", run.Failed)
	site.Run("unsent", "tried once", func(r api.Run) bool { return len(r.Deliveries) == 1 && r.Deliveries[0].Reason != "" })
	<-reached

	hold := strings.Replace(copies, "copy: true", "hold: true", 1)
	for _, flow := range []string{"sent", "refused", "failed", "unsent", "sending"} {
		site.Flow(flow, "mode: off\n"+copies)
	}
	site.Flow("held-1", "priority: 2\n"+hold)
	site.Flow("held-2", "priority: 2\n"+hold)
	// its executor has no room
	site.Flow("scheduled", "priority: 2\n"+strings.Replace(copies, "copy: true", "start: full", 1))
	site.Flow("waiting", copies)
	testenv.Until(t, "the new flows to be in force", func() (bool, string) {
		status, err := site.Client().Status(t.Context())
		return err == nil && len(status.Flows) == 9, fmt.Sprint(status.Flows)
	})
	site.Send(testenv.Write(t, testenv.Object{})...)
	site.Run("held-1", "running", testenv.Running(1))
	site.Run("held-2", "running", testenv.Running(1))

	site.Run("scheduled", "scheduled", func(r api.Run) bool { return r.State == run.Running })

	rows := dashboard(t, site)
	status := make(map[string]any)
	for name, row := range rows {
		status[name] = row["Status"]
	}
	want := map[string]any{"waiting": int64(0), "scheduled": int64(1), "held-1": int64(2), "held-2": int64(2), "unsent": int64(3), "sending": int64(4), "sent": int64(5),
		"refused": int64(400), "failed": int64(400)}
	if diff := cmp.Diff(want, status); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	sent := rows["sent"]
	for column, pattern := range map[string]string{
		"id": `^\d+$`, "ts": `^\d{10}\.\d+$`, "UID": `^[0-9a-f-]{36}$`, "Name": `^sent$`, "Version": `^1\.02$`, "Patient": `^QX-7 GQ$`, "Priority": `^3$`,
		"Sender": `SCANNER`, "Destinations": `127\.0\.0\.1`, "Received": `^\d{10}\.\d+$`, "Dispatched": `^\d{10}\.\d+$`, "Finished": `^\d{10}\.\d+$`,
		"Sent": `^\d{10}\.\d+$`, "Status": `^5$`,
	} {
		if !regexp.MustCompile(pattern).MatchString(fmt.Sprint(sent[column])) {
			t.Errorf("column %s is %v, want %s", column, sent[column], pattern)
		}
	}
	for _, column := range []string{"Dispatched", "Finished", "Sent"} {
		if value := rows["waiting"][column]; value != nil {
			t.Errorf("a run that waits has %s %v, want NULL", column, value)
		}
	}
}

// dashboard runs the query of the Python RadDeploy's Grafana dashboard, beside
// the agent that writes. It returns the rows by flow.
func dashboard(t *testing.T, site *testenv.Site) map[string]map[string]any {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+site.Data("state.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	found, err := db.QueryContext(t.Context(), "SELECT * FROM rows")
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	if want := "id ts UID Name Version Patient Priority Sender Destinations Received Dispatched Finished Sent Status"; strings.Join(columns, " ") != want {
		t.Errorf("columns %v, want %s", columns, want)
	}
	rows := make(map[string]map[string]any)
	for found.Next() {
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := found.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		row := make(map[string]any)
		for i, column := range columns {
			row[column] = values[i]
		}
		rows[row["Name"].(string)] = row
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}
