package api_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

var update = flag.Bool("update", false, "write the golden file")

// What people build on stays byte for byte as it is: the interface's JSON, the
// database and its view. The scenario covers every state that can be reached.
func TestGolden(t *testing.T) {
	local := time.Local
	time.Local = time.UTC // the zone of JSON's times
	t.Cleanup(func() { time.Local = local })
	path := filepath.Join(t.TempDir(), "state.db")
	db, err := state.Open(t.Context(), path)
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	story := &scenario{t: t, db: db}
	story.tell()

	server := api.New(api.Sources{
		DB:     db,
		Doing:  func(id run.AttemptID) string { return "running" },
		Source: func(run.ID) []string { return []string{"CT/1.dcm"} },
		Logger: hclog.NewNullLogger(),
	})
	var got bytes.Buffer
	show := func(url string) { answer(t, &got, server.Handler(), url) }
	show("/v1/arrivals")
	for _, id := range story.arrivals {
		show("/v1/arrivals/" + string(id))
	}
	show("/v1/runs")
	for _, id := range story.runs {
		show("/v1/runs/" + string(id))
	}
	dump(t, &got, path)
	compare(t, filepath.Join("testdata", "golden.txt"), got.Bytes())
}

func compare(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		check(t, os.WriteFile(file, got, 0o644))
		return
	}
	want, err := os.ReadFile(file)
	check(t, err)
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("-want +got; go test ./core/api -update rewrites it:\n%s", diff)
	}
}

// answer writes what the interface answers, indented.
func answer(t *testing.T, out *bytes.Buffer, handler http.Handler, url string) {
	t.Helper()
	recorder := httptest.NewRecorder()
	documented(t, handler).ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, url, nil))
	fmt.Fprintf(out, "GET %s: %d\n", url, recorder.Code)
	check(t, json.Indent(out, recorder.Body.Bytes(), "", "  "))
}

// dump writes every row of every table and view.
func dump(t *testing.T, out *bytes.Buffer, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	check(t, err)
	defer db.Close()
	for _, name := range column(t, db, "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' AND name NOT IN ('clock', 'event') ORDER BY name") {
		fmt.Fprintf(out, "\n%s\n", name)
		rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+name+" ORDER BY 1, 2")
		check(t, err)
		write(t, out, rows)
	}
}

func write(t *testing.T, out *bytes.Buffer, rows *sql.Rows) {
	t.Helper()
	defer rows.Close()
	names, err := rows.Columns()
	check(t, err)
	values, targets := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		check(t, rows.Scan(targets...))
		out.WriteString(" ")
		for i, value := range values {
			switch value := value.(type) {
			case string:
				fmt.Fprintf(out, " %s=%q", names[i], value)
			case []byte:
				fmt.Fprintf(out, " %s=blob %q", names[i], value)
			default:
				fmt.Fprintf(out, " %s=%v", names[i], value)
			}
		}
		out.WriteString("\n")
	}
	check(t, rows.Err())
}

func column(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	check(t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		var one string
		check(t, rows.Scan(&one))
		all = append(all, one)
	}
	check(t, rows.Err())
	return all
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
