package wake

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestSignal(t *testing.T) {
	s := NewSignal()
	s.Wake()
	s.Wake()
	<-s
	select {
	case <-s:
		t.Error("two calls before the loop received woke it twice")
	default:
	}
	s.Wake()
	<-s
}

func TestBroadcast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b Broadcast
		b.Send() // without anybody who watches
		first := b.Changed()
		var watching sync.WaitGroup
		for range 3 {
			watching.Go(func() { <-b.Changed() })
		}
		synctest.Wait()
		b.Send()
		watching.Wait()
		<-first
		select {
		case <-b.Changed():
			t.Error("a change of the past is told as one of the future")
		default:
		}
	})
}

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if err := Sleep(t.Context(), time.Hour); err != nil || time.Since(began) != time.Hour {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began = time.Now()
		if err := Sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestBackoff(t *testing.T) {
	const s, m = time.Second, time.Minute
	for _, test := range []struct {
		backoff Backoff
		n       int
		want    time.Duration // the most; half of it is the least
	}{
		{Backoff{}, 0, s}, {Backoff{}, 1, s}, {Backoff{}, 2, 2 * s}, {Backoff{}, 6, 32 * s}, {Backoff{}, 7, m}, {Backoff{}, 1 << 40, m},
		{Backoff{First: 5 * s, Longest: 10 * m}, 3, 20 * s},
		{Backoff{First: 5 * s, Longest: 7 * s}, 2, 7 * s},
		{Backoff{First: 2 * m, Longest: m}, 4, 2 * m},
		{Backoff{First: 24 * time.Hour, Longest: 100 * 365 * 24 * time.Hour}, 99, 100 * 365 * 24 * time.Hour},
	} {
		shortest, longest := test.want, time.Duration(0)
		for range 1000 {
			got := test.backoff.After(test.n)
			shortest, longest = min(shortest, got), max(longest, got)
		}
		if shortest < test.want/2 || longest > test.want {
			t.Errorf("%v after %d: from %v to %v, want %v to %v", test.backoff, test.n, shortest, longest, test.want/2, test.want)
		}
		if longest-shortest < test.want/4 {
			t.Errorf("%v after %d: %v to %v is hardly random", test.backoff, test.n, shortest, longest)
		}
	}
}
