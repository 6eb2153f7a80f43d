package state

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

func instances(t *testing.T, db *DB, arrival run.ArrivalID) []dcm.UID {
	t.Helper()
	objects, err := db.Objects(t.Context(), arrival)
	check(t, err)
	var uids []dcm.UID
	for _, o := range objects {
		uids = append(uids, o.SOPInstanceUID)
	}
	return uids
}

func TestSameObjectTwiceInAnArrival(t *testing.T) {
	db := open(t)
	arrival := arrive(t, db, run.ArrivalComplete, "1.9", "1.1", "1.2", "1.1")
	objects, err := db.Objects(t.Context(), arrival)
	check(t, err)
	var files []string
	for _, o := range objects {
		files = append(files, filepath.Base(o.File))
	}
	if diff := cmp.Diff([]string{"1.dcm", "2.dcm"}, files); diff != "" {
		t.Errorf("the last one of each UID counts (-want +got):\n%s", diff)
	}
	kept, err := db.Files(t.Context(), arrival)
	check(t, err)
	if len(kept) != 3 {
		t.Errorf("%d files are known, want all 3", len(kept))
	}
}

func TestADecisionThatFailsChangesNothing(t *testing.T) {
	db := open(t)
	a := run.Arrival{ID: run.NewArrivalID(), Opened: time.Now()}
	check(t, db.OpenArrival(t.Context(), a))
	undecided := errors.New("undecided")
	err := db.CloseArrival(t.Context(), a.ID, time.Now(), []run.Object{{File: "0"}}, nil, func(run.Content, func() (run.Tries, error)) (run.Closing, error) {
		return run.Closing{}, undecided
	})
	files, readErr := db.Files(t.Context(), a.ID)
	if !errors.Is(err, undecided) || readErr != nil || len(files) != 0 {
		t.Errorf("got %v, files %v, %v", err, files, readErr)
	}
}
