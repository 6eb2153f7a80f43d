package deliver

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/scu"
)

// A destination that is to be secured is not sent to in the clear.
func TestNothingIsSentWithoutItsTLS(t *testing.T) {
	p := &peer{}
	p.listen(t)
	missing := errors.New("the site holds no certificate")
	a := &Associations{Dialer: func(run.Destination) (*dimse.Dialer, config.Destination, error) {
		return nil, config.Destination{}, missing
	}}
	to := run.Destination{Host: p.address.Addr().String(), Port: int(p.address.Port()), AETitle: "PEER"}
	files := Files{List: []scu.File{{Name: "a", SOPClassUID: ctImage, SOPInstanceUID: "1.2", TransferSyntaxUID: "1.2.840.10008.1.2"}}}
	if err := a.Send(t.Context(), to, files, scu.Report{}); !errors.Is(err, missing) || len(p.got()) != 0 {
		t.Errorf("got %v, and the peer got %d objects", err, len(p.got()))
	}
}

// batches counts the results that are recorded at once.
type batches struct {
	Objects
	sizes []int
	err   error
}

func (b *batches) SetResults(_ context.Context, results []run.DeliveryObject) error {
	b.sizes = append(b.sizes, len(results))
	return b.err
}

func TestResultsAreRecordedInBatches(t *testing.T) {
	store := &batches{}
	r := &results{store: store}
	for range recordEvery + 2 {
		check(t, r.add(t.Context(), run.DeliveryObject{}))
	}
	check(t, r.flush(t.Context()))
	check(t, r.flush(t.Context()))
	if diff := cmp.Diff([]int{recordEvery, 2}, store.sizes); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What could not be recorded is kept for the next time.
func TestResultsAreKeptWhileTheDiskIsFull(t *testing.T) {
	store := &batches{err: errors.New("no space left on device")}
	r := &results{store: store}
	check(t, r.add(t.Context(), run.DeliveryObject{}))
	if err := r.flush(t.Context()); err == nil {
		t.Error("no error")
	}
	store.err = nil
	check(t, r.flush(t.Context()))
	if diff := cmp.Diff([]int{1, 1}, store.sizes); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
