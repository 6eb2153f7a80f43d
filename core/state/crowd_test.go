package state

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// Whoever reads in a crowd sees what was committed before, whatever the others
// asked for.
func TestCrowdSeesWhatIsCommitted(t *testing.T) {
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	check(t, err)
	arrival := arrive(t, db, run.ArrivalComplete, "1.9", "1.1", "1.2", "1.3")
	check(t, db.SetMatched(t.Context(), run.Matching{Arrival: arrival, State: run.ArrivalMatched}))
	var all errgroup.Group
	for i := range 40 {
		all.Go(func() error {
			arrival := run.Arrival{ID: run.NewArrivalID(), Opened: time.Now()}
			object := run.Object{File: fmt.Sprintf("f%d", i), SOPInstanceUID: dcm.UID(fmt.Sprintf("2.%d", i))}
			if err := errors.Join(db.OpenArrival(t.Context(), arrival),
				db.CloseArrival(t.Context(), arrival.ID, time.Now(), []run.Object{object}, nil, to(run.ArrivalComplete))); err != nil {
				return err
			}
			received, err := db.Objects(t.Context(), arrival.ID)
			if err != nil {
				return err
			}
			r := run.Run{ID: run.NewID(), Definition: []byte("{}"), Objects: []int64{received[0].ID}, Created: time.Now()}
			if err := db.SetMatched(t.Context(), run.Matching{
				Arrival: arrival.ID, State: run.ArrivalMatched, Runs: []run.Run{r}, Tasks: [][]string{{"m"}},
			}); err != nil {
				return err
			}
			selected, err := db.SelectedObjects(t.Context(), r.ID)
			if err != nil || len(selected) != 1 || selected[0].SOPInstanceUID != object.SOPInstanceUID {
				return fmt.Errorf("run %d works on %+v (%w)", i, selected, err)
			}
			return nil
		})
	}
	check(t, all.Wait())
	check(t, db.Close())
	if _, err := db.SelectedObjects(t.Context(), "r"); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed database says %v", err)
	}
}
