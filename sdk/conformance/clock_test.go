package conformance

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// Where five threads want each CPU, what may take a second may take five by the
// wall.
func TestClockGoesSlowerInACrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		crowd := 1.0
		c := newClock(func() float64 { return crowd })
		lasts := func(d time.Duration) time.Duration {
			began := time.Now()
			ctx, cancel := c.within(t.Context(), d)
			defer cancel()
			<-ctx.Done()
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				t.Errorf("it ended with %v", ctx.Err())
			}
			return time.Since(began)
		}
		if took := lasts(time.Second); took != time.Second {
			t.Errorf("a second took %v on an idle machine", took)
		}
		crowd = 5
		if took := lasts(time.Second); took != 5*time.Second {
			t.Errorf("a second took %v in a crowd of five", took)
		}
		if got := c.stretch(time.Second); got != 5*time.Second {
			t.Errorf("what takes a second is said to take %v", got)
		}
		go func() { // the crowd leaves amid
			time.Sleep(5 * time.Second)
			crowd = 1
		}()
		if took := lasts(2 * time.Second); took < 6*time.Second || took > 6100*time.Millisecond {
			t.Errorf("two seconds, the first of them in a crowd of five, took %v", took)
		}
	})
}

// A context of the clock ends with its parent, and says why.
func TestClockEndsWithItsParent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, stop := context.WithCancel(t.Context())
		ctx, cancel := newClock(func() float64 { return 1 }).within(parent, time.Hour)
		defer cancel()
		child, release := context.WithCancel(ctx)
		defer release()
		if ctx.Err() != nil {
			t.Errorf("it has ended with %v at once", ctx.Err())
		}
		stop()
		<-child.Done()
		if !errors.Is(ctx.Err(), context.Canceled) || !errors.Is(child.Err(), context.Canceled) {
			t.Errorf("it ended with %v, and what depends on it with %v", ctx.Err(), child.Err())
		}
	})
}

func TestCrowdOfThisMachine(t *testing.T) {
	if got := crowd(); got < 1 || got > mostCrowded {
		t.Errorf("%v threads want each CPU", got)
	}
}
