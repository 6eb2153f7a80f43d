package receive

import (
	"context"
	"testing"

	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
)

// looking looks at the files in the moment in which an arrival is closed.
type looking struct {
	arrivals
	look func()
}

func (l *looking) Released(ctx context.Context, id run.ArrivalID, last []run.Object) error {
	l.look()
	return l.arrivals.Released(ctx, id, last)
}

func (l *looking) Aborted(ctx context.Context, id run.ArrivalID, last []run.Object, reason string) error {
	l.look()
	return l.arrivals.Aborted(ctx, id, last, reason)
}

// Files are made ahead of the objects. When the arrival is closed those without
// an object are gone, since an agent that is killed then removes them no more.
func TestUnusedFilesAreGoneWhenTheArrivalIsClosed(t *testing.T) {
	for name, end := range map[string]func(dimse.Session) error{
		"released": func(s dimse.Session) error { return s.Released(t.Context()) },
		"aborted":  func(s dimse.Session) error { s.Aborted(context.Canceled); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			reserve := spool.NewReserve(1, func() (uint64, error) { return 1 << 30, nil })
			receiver, _, folder := newReceiver(t, t.TempDir(), reserve)
			const objects = 20
			looked := false
			receiver.Arrivals = &looking{look: func() {
				looked = true
				if _, files := bytesOf(t, folder); files != objects {
					t.Errorf("there are %d files of %d objects", files, objects)
				}
			}}
			session := open(t, receiver)
			for range objects {
				if status := session.Store(t.Context(), pixels(1<<10, func() {})); status != dimse.Success {
					t.Fatal(status)
				}
			}
			if _, files := bytesOf(t, folder); files == objects {
				t.Fatal("no files are made ahead: the test shows nothing")
			}
			if err := end(session); err != nil || !looked {
				t.Error(err, looked)
			}
		})
	}
}
