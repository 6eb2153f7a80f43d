package bench

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// longHistory is how many runs a site has had.
const longHistory = 100_000

// history writes rows as years of work leave them: 25,000 arrivals of ten objects, with
// four runs each of one of five flows; of 200 runs 4 failed and one was canceled,
// and the newest 40 are open.
const history = `
	WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000)
	INSERT INTO arrival (seq, id, state, calling_ae, called_ae, address, opened, completed, explanation)
	SELECT i, printf('a%07x-0000-4000-8000-000000000000', i * 10477 % 268435456), 'matched', 'CT' || (i % 7), 'RADDEPLOY', '10.0.0.1',
		1700000000000000000 + i * 60000000000, 1700000000000000000 + i * 60000000000, zeroblob(2000) FROM n;
	WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250000)
	INSERT INTO object (id, file, sop_class, sop_instance, transfer_syntax, study, series, modality, patient, size, received)
	SELECT i, 'f' || i, '1.2', '1.2.' || i, '1.2', '1.2.' || i / 10, '1.2.' || i / 10, 'CT', '', 500000, 1700000000000000000 FROM n;
	INSERT INTO arrival_object (arrival, object) SELECT (id + 9) / 10, id FROM object;
	WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
	INSERT INTO run (seq, id, arrival, flow, version, digest, priority, state, reason, patient, selected, created, finished, files_removed, logs_removed, calling_ae)
	SELECT i, printf('b%07x-0000-4000-8000-000000000000', i * 10477 % 268435456), (i + 3) / 4, 'flow' || (i % 5), '1.0', 'd', 3,
		CASE WHEN i > 99960 THEN 'sending' WHEN i % 50 = 7 THEN 'failed' WHEN i % 200 = 9 THEN 'canceled' ELSE 'done' END,
		CASE WHEN i % 50 = 7 THEN 'seg: exit code 1' ELSE '' END, printf('%04d AB', i / 10), 10,
		1700000000000000000 + (i + 3) / 4 * 60000000000 + i, 1700000100000000000 + (i + 3) / 4 * 60000000000,
		i <= 99960, i <= 99960, 'CT' || ((i + 3) / 4 % 7) FROM n;
	INSERT INTO run_study (run, accession, date) SELECT seq, 'A' || arrival, 20200000 + seq / 100 FROM run;
	INSERT INTO definition (digest, flow) VALUES ('d', CAST('{}' AS BLOB));
	INSERT INTO selection (run, objects) SELECT seq, CAST('[]' AS BLOB) FROM run;
	INSERT INTO task (run, idx, name, state) SELECT seq, 0, 'seg', 'succeeded' FROM run;
	INSERT INTO task (run, idx, name, state) SELECT seq, 1, 'report', 'succeeded' FROM run;
	INSERT INTO delivery (run, name, host, port, ae_title, state) SELECT seq, 'pacs', '10.0.0.2', 104, 'PACS', 'sent' FROM run;
	UPDATE delivery SET state = 'pending', next_try = 4000000000000000000 WHERE run > 99960;
	DELETE FROM event;`

// wide gives the newest run 20 tasks with three attempts each, and a delivery of 2000
// objects.
const wide = `
	WITH n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 19)
	INSERT INTO task (run, idx, name, state) SELECT 100000, i, 'model' || i, 'succeeded' FROM n;
	WITH n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 59)
	INSERT INTO attempt (id, run, task, number, executor, state, intended) SELECT 'x' || i, 100000, i / 3, i % 3, 'docker', 'removed', 1 FROM n;
	WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
	INSERT INTO delivery_object (delivery, file, sop_class, sop_instance, transfer_syntax, state)
	SELECT 100000, printf('out/%06d.dcm', i), '1.2.840.10008.5.1.4.1.1.2', '1.2.3.' || i, '1.2.840.10008.1.2.1', 'sent' FROM n;`

// remember fills a site with a long history, while no agent runs.
func (s *site) remember(b *testing.B) {
	b.Helper()
	path := filepath.Join(s.dir, "data", "state.db")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		b.Fatal(err)
	}
	made, err := state.Open(b.Context(), path)
	if err != nil {
		b.Fatal(err)
	}
	if err := made.Close(); err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(b.Context(), "BEGIN;"+history+wide+"COMMIT"); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkLists asks an agent with 100,000 runs for lists as pages do, first parts
// and those after many others, by each filter; and for a run with a large delivery.
func BenchmarkLists(b *testing.B) {
	s := makeSite(b, lastingDir(b), "", nil)
	s.remember(b)
	s.start(b)
	settle()
	page, err := s.Runs(b.Context(), api.RunQuery{Paging: api.Paging{Limit: 1}})
	if err != nil {
		b.Fatal(err)
	}
	newest := page.Items[0]
	middle := time.Unix(0, 1700000000000000000).Add(12000 * time.Minute)
	var all []time.Duration
	for name, q := range map[string]api.RunQuery{
		"newest":                      {},
		"oldest":                      {Paging: api.Paging{Sort: api.Oldest}},
		"in the middle":               {Until: middle},
		"a time without runs":         {Since: middle.Add(time.Second), Until: middle.Add(2 * time.Second)},
		"state done":                  {States: []run.State{run.Done}},
		"states failed and canceled":  {States: []run.State{run.Failed, run.Canceled}},
		"open states":                 {States: []run.State{run.Pending, run.Running, run.Sending, run.Canceling}},
		"a flow":                      {Flow: "flow3"},
		"a flow that never ran":       {Flow: "flow9"},
		"a flow, failed":              {Flow: "flow2", States: []run.State{run.Failed}},
		"a flow, failed, never":       {Flow: "flow3", States: []run.State{run.Failed}},
		"a sender":                    {Sender: "CT3"},
		"a sender, in the middle":     {Sender: "CT3", Until: middle},
		"a patient":                   {Patient: "0500 AB"},
		"patients":                    {Patient: "05"},
		"an accession number":         {Accession: "A12345"},
		"a study date":                {StudyDate: "2020-01-20"},
		"an arrival":                  {Arrival: newest.Arrival},
		"a sender and a flow, failed": {Sender: "CT3", Flow: "flow2", States: []run.State{run.Failed}},
	} {
		rows := 0
		took := s.asks(b, func() error {
			page, err := s.Runs(b.Context(), q)
			rows = max(rows, len(page.Items))
			if err == nil && page.Next != "" {
				q.After = page.Next // so that parts far behind the first are read, too
			} else {
				q.After = ""
			}
			return err
		})
		all = append(all, took...)
		remark(fmt.Sprintf("%s, %d rows: median %v, 99th percentile %v", name, rows, percentile(took, 50), percentile(took, 99)))
	}
	list := side{what: fmt.Sprintf("99th percentile of 200 of %d runs, by any filter", longHistory), unit: "ms"}
	list.milliseconds(percentile(all, 99))
	limit(b, list, promise{most: 50})

	one := side{what: "99th percentile of a run with 20 tasks, 60 attempts and a delivery of 2000 objects", unit: "ms"}
	one.milliseconds(percentile(s.asks(b, func() error { _, err := s.Run(b.Context(), string(newest.ID)); return err }), 99))
	limit(b, one, promise{most: 100})

	arrivals := s.asks(b, func() error { _, err := s.Arrivals(b.Context(), api.ArrivalQuery{}); return err })
	remark(fmt.Sprintf("200 arrivals: median %v, 99th percentile %v", percentile(arrivals, 50), percentile(arrivals, 99)))
}

// asks asks 100 times and returns how long each took.
func (s *site) asks(b *testing.B, ask func() error) (took []time.Duration) {
	b.Helper()
	for range 100 {
		begun := time.Now()
		if err := ask(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begun))
	}
	return took
}
