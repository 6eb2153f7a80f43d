package conformance

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

// clock is the suite's time: a second of it is a second of an idle machine.
// Where more threads want to run than there are CPUs, all that a plugin and its
// backend do takes as many times longer, and this clock goes as many times
// slower. So a case has the same result on a busy machine. What must not happen
// too early is measured by the wall.
type clock struct {
	crowd func() float64 // how many threads want each CPU now, at least 1

	mu   sync.Mutex
	last time.Time
	now  time.Duration
}

func newClock(crowd func() float64) *clock {
	if crowd == nil {
		crowd = (&crowding{}).ask
	}
	return &clock{crowd: crowd, last: time.Now()}
}

// read returns the time since the clock was made. It is exact as far as it is
// read often: what went by since the last time counts by the crowd of now.
func (c *clock) read() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.now += time.Duration(float64(now.Sub(c.last)) / c.crowd())
	c.last = now
	return c.now
}

// stretch is how long something takes now that takes d on an idle machine.
func (c *clock) stretch(d time.Duration) time.Duration {
	return time.Duration(float64(d) * c.crowd())
}

// sleep waits for d on the clock, or until ctx ends.
func (c *clock) sleep(ctx context.Context, d time.Duration) {
	ctx, cancel := c.within(ctx, d)
	defer cancel()
	<-ctx.Done()
}

// within is [context.WithTimeout] by the clock.
func (c *clock) within(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	inner, cancel := context.WithCancel(ctx)
	w := &within{Context: inner, done: make(chan struct{})}
	until := c.read() + d
	go func() {
		defer cancel()
		tick := time.NewTicker(max(time.Millisecond, min(50*time.Millisecond, d/4)))
		defer tick.Stop()
		for {
			select {
			case <-inner.Done():
				w.end(inner.Err())
				return
			case <-tick.C:
				if c.read() >= until {
					w.end(context.DeadlineExceeded)
					return
				}
			}
		}
	}()
	return w, cancel
}

// within is a context that ends by a clock.
type within struct {
	context.Context // its parent, with a cancel of its own
	done            chan struct{}
	err             error // once done is closed
}

func (w *within) end(err error) {
	w.err = err
	close(w.done)
}

func (w *within) Done() <-chan struct{} { return w.done }

func (w *within) Err() error {
	select {
	case <-w.done:
		return w.err
	default:
		return nil
	}
}

// crowding asks the kernel how many threads want each CPU.
type crowding struct {
	mu    sync.Mutex
	asked time.Time
	last  float64
}

// mostCrowded bounds how slow the clock gets, so that a plugin that does not
// answer at all is found out on any machine.
const mostCrowded = 40

// ask answers anew ten times a second. Where there is no /proc it says 1: then
// the clock is the wall's.
func (c *crowding) ask() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.asked) > 100*time.Millisecond {
		c.asked, c.last = now, crowd()
	}
	return c.last
}

// crowd is the larger of the threads that run or wait for a CPU at this moment,
// without the one that asks, and their average over the last minute, which has
// those that wait for a disk, too; for each CPU.
func crowd() float64 {
	text, err := os.ReadFile("/proc/loadavg") // such as "0.52 0.48 0.40 3/512 12345"
	var minute, five, fifteen, now float64
	if err == nil {
		_, err = fmt.Sscanf(string(text), "%f %f %f %f/", &minute, &five, &fifteen, &now)
	}
	if err != nil {
		return 1
	}
	return min(mostCrowded, max(1, max(minute, now-1)/float64(runtime.NumCPU())))
}
