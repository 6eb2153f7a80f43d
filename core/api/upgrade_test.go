package api_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// A database of an earlier version is upgraded, and everything in it is read as
// before. testdata/schemaN.sql is a dump of a database after N migrations that
// the program of that time has filled, and schemaN.json what its interface
// answered. They are never changed: a later version adds a pair.
func TestUpgrade(t *testing.T) {
	local := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = local })
	snapshots, err := filepath.Glob("testdata/schema*.sql")
	check(t, err)
	if len(snapshots) == 0 {
		t.Fatal("there is no snapshot")
	}
	for _, snapshot := range snapshots {
		t.Run(filepath.Base(snapshot), func(t *testing.T) {
			before, path := restore(t, snapshot), filepath.Join(t.TempDir(), "state.db")
			text, err := os.ReadFile(before)
			check(t, err)
			check(t, os.WriteFile(path, text, 0o600))
			db, err := state.Open(t.Context(), path)
			check(t, err)
			t.Cleanup(func() { check(t, db.Close()) })
			sameRows(t, before, path)
			sameAnswers(t, db, snapshot[:len(snapshot)-len("sql")]+"json")
			off, err := db.SwitchedOff(t.Context())
			if _, one := off[flow.ID{Name: "one", Version: "1.02"}]; err != nil || !one {
				t.Errorf("flows that are switched off: %v, %v", off, err)
			}
		})
	}
}

// restore makes a database of a dump.
func restore(t *testing.T, dump string) (path string) {
	t.Helper()
	text, err := os.ReadFile(dump)
	check(t, err)
	path = filepath.Join(t.TempDir(), "old.db")
	db, err := sql.Open("sqlite", path)
	check(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), string(text))
	check(t, err)
	return path
}

// moved says where columns are now that a later version has put into other
// tables, in the order of the rows.
var moved = map[string]string{
	"run.definition": "SELECT d.flow FROM run r JOIN definition d ON d.digest = r.digest ORDER BY r.seq",
	"run.objects":    "SELECT objects FROM selection ORDER BY run",
}

// dropped says which columns are gone, and why nothing is lost by that.
var dropped = map[string]string{
	"delivery.give_up": "a delivery is given up by how long agents have run, counted from column since",
}

// sameRows checks that each row of each table and view of an earlier version is
// there, with the same values in its columns.
func sameRows(t *testing.T, before, after string) {
	t.Helper()
	then, now := readAll(t, before), readAll(t, after)
	open, err := sql.Open("sqlite", after)
	check(t, err)
	defer open.Close()
	for table, want := range then {
		got := now[table]
		if len(got) != len(want) || len(want) == 0 {
			t.Errorf("%s has %d rows, before it had %d", table, len(got), len(want))
			continue
		}
		for i, row := range want {
			for name, value := range row {
				if dropped[table+"."+name] != "" {
					continue
				}
				is := got[i][name]
				if query := moved[table+"."+name]; query != "" {
					is = []byte(column(t, open, query)[i])
				}
				if !reflect.DeepEqual(is, value) {
					t.Errorf("%s, row %d: %s is %v, before it was %v", table, i, name, is, value)
				}
			}
		}
	}
}

// readAll reads the rows of every table and view.
func readAll(t *testing.T, path string) map[string][]map[string]any {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	check(t, err)
	defer db.Close()
	all := make(map[string][]map[string]any)
	for _, table := range column(t, db, "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'") {
		rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table+" ORDER BY 1, 2")
		check(t, err)
		names, err := rows.Columns()
		check(t, err)
		for rows.Next() {
			values, targets := make([]any, len(names)), make([]any, len(names))
			for i := range values {
				targets[i] = &values[i]
			}
			check(t, rows.Scan(targets...))
			row := make(map[string]any)
			for i, name := range names {
				row[name] = values[i]
			}
			all[table] = append(all[table], row)
		}
		check(t, rows.Err())
	}
	return all
}

// sameAnswers checks that the interface answers what it answered at the time of
// a snapshot. It may answer more.
func sameAnswers(t *testing.T, db *state.DB, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	check(t, err)
	var then map[string]json.RawMessage
	check(t, json.Unmarshal(text, &then))
	server := api.New(api.Sources{
		DB: db, Doing: func(run.AttemptID) string { return "" }, Source: func(run.ID) []string { return nil }, Logger: hclog.NewNullLogger(),
	})
	for _, url := range slices.Sorted(maps.Keys(then)) {
		recorder := httptest.NewRecorder()
		server.Handler().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, url, nil))
		if recorder.Code != http.StatusOK {
			t.Errorf("GET %s: %d %s", url, recorder.Code, recorder.Body)
			continue
		}
		within(t, "GET "+url, decodeJSON(t, then[url]), decodeJSON(t, recorder.Body.Bytes()))
	}
}

func decodeJSON(t *testing.T, text []byte) (value any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	check(t, decoder.Decode(&value))
	return value
}

// leftOut are fields that a later version leaves out where they are unknown: they were
// 0 then.
var leftOut = regexp.MustCompile(`\.results\[\d+\]\.status$`)

// within checks that a value holds all that another one holds.
func within(t *testing.T, where string, want, got any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		fields, _ := got.(map[string]any)
		for name, value := range want {
			within(t, where+"."+name, value, fields[name])
		}
	case []any:
		items, _ := got.([]any)
		if len(items) != len(want) {
			t.Errorf("%s has %d items, before it had %d", where, len(items), len(want))
			return
		}
		for i, value := range want {
			within(t, fmt.Sprintf("%s[%d]", where, i), value, items[i])
		}
	default:
		unknown := got == nil && fmt.Sprint(want) == "0" && leftOut.MatchString(where)
		if !unknown && !reflect.DeepEqual(want, got) {
			t.Errorf("%s is %v, before it was %v", where, got, want)
		}
	}
}
