package deliver

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// site is a database with one run whose output is to be delivered.
type site struct {
	*Deliverer
	db     *state.DB
	run    run.ID
	folder string
}

func newSite(t *testing.T, objects int, to ...*peer) *site {
	t.Helper()
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	check(t, err)
	t.Cleanup(func() { db.Close() })
	var known config.Destinations
	for i, p := range to {
		known = append(known, config.Destination{Name: fmt.Sprintf("peer%d", i), Host: p.address.Addr().String(), Port: int(p.address.Port()), AETitle: "PEER"})
	}
	outward := access.Outward{CallingAE: "RADDEPLOY", Destinations: func() config.Destinations { return known }}
	s := &site{Deliverer: New(), db: db, folder: t.TempDir()}
	s.Store, s.Sender, s.Logger = db, &Associations{Dialer: outward.Dialer}, hclog.NewNullLogger()
	s.Pause = func() Pause { return Pause{First: 20 * time.Millisecond, Longest: 50 * time.Millisecond} }
	s.Folder = func(run.ID) string { return s.folder }
	s.Outputs = func(context.Context, run.ID) ([]string, error) { return []string{"out"}, nil }
	for i := range objects {
		s.write(t, fmt.Sprintf("%03d.dcm", i), ctImage, dcm.UID(fmt.Sprintf("1.2.%d", i)), dcm.ExplicitVRLittleEndian)
	}
	a := run.Arrival{ID: run.NewArrivalID(), Opened: time.Now()}
	check(t, db.OpenArrival(t.Context(), a))
	check(t, db.CloseArrival(t.Context(), a.ID, time.Now(), nil, nil, func(run.Content, func() (run.Tries, error)) (run.Closing, error) {
		return run.Closing{State: run.ArrivalComplete}, nil
	}))
	r := run.Run{ID: run.NewID(), Definition: []byte("{}"), Created: time.Now()}
	check(t, db.SetMatched(t.Context(), run.Matching{Arrival: a.ID, State: run.ArrivalMatched, Runs: []run.Run{r}, Tasks: [][]string{{"model"}}}))
	attempt := run.Attempt{ID: run.AttemptOf(r.ID, 0, 1), Run: r.ID, Number: 1, Intended: time.Now()}
	check(t, db.Intend(t.Context(), attempt))
	settlement := state.Settlement{Run: r.ID, Attempts: []run.Attempt{attempt}, At: time.Now(), State: run.Sending, Tasks: []run.Task{{State: run.TaskSucceeded}}}
	for i, p := range to {
		d := run.Delivery{Destination: known[i].ForRuns(), NextTry: time.Now()}
		if p.change != nil {
			p.change(&d)
		}
		settlement.Deliveries = append(settlement.Deliveries, d)
	}
	check(t, db.Settle(t.Context(), settlement))
	s.run = r.ID
	return s
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *site) write(t *testing.T, name string, class, instance, syntax dcm.UID) {
	t.Helper()
	check(t, os.MkdirAll(filepath.Join(s.folder, "out"), 0o755))
	writeObject(t, filepath.Join(s.folder, "out", name), class, instance, syntax)
}

func writeObject(t *testing.T, path string, class, instance, syntax dcm.UID) {
	t.Helper()
	file, err := os.Create(path)
	check(t, err)
	defer file.Close()
	_, err = dcm.WriteFileMeta(file, dcm.FileMeta{SOPClass: class, SOPInstance: instance, TransferSyntax: syntax})
	check(t, err)
	_, err = file.Write([]byte("\x08\x00\x60\x00CS\x02\x00CT")) // (0008,0060) Modality
	check(t, err)
}

// deliver runs the deliverer until every delivery has ended and returns them.
func (s *site) deliver(t *testing.T) []run.Delivery {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	defer func() { stop(); check(t, <-ended) }()
	for ctx.Err() == nil {
		open, err := s.db.NextTries(ctx)
		check(t, err)
		if len(open) == 0 {
			break
		}
		time.Sleep(2 * time.Millisecond) // it is the database that is waited for: there is no event
	}
	all, err := s.db.Deliveries(t.Context(), s.run)
	check(t, err)
	return all
}

func (s *site) states(t *testing.T, delivery int64) string {
	t.Helper()
	objects, _, err := s.db.DeliveryObjects(t.Context(), delivery)
	check(t, err)
	var states []string
	for _, o := range objects {
		states = append(states, fmt.Sprintf("%s %s %04X", filepath.Base(o.File), o.State, o.Status))
	}
	return strings.Join(states, ", ")
}

func (s *site) runState(t *testing.T) run.State {
	t.Helper()
	r, err := s.db.Run(t.Context(), string(s.run))
	check(t, err)
	return r.State
}
