package dimse

import "time"

// minRate is what a peer has to send of a message that it has begun, in bytes a
// second over the time that it may be silent: to send a byte now and then is no
// better than to send none.
const minRate = 1 << 10

// pace holds a peer to the least rate while it is in the middle of a message.
type pace struct {
	within bool      // a message
	until  time.Time // when enough has to have come; zero: a window has to begin
	got    int       // bytes in this window
}

// message begins a message, or ends one.
func (p *pace) message(within bool) { *p = pace{within: within} }

// deadline is that of a wait for bytes that begins now. A window that passed
// while this side was busy is not held against the peer.
func (p *pace) deadline(now time.Time, patience time.Duration) time.Time {
	if !p.within {
		return now.Add(patience)
	}
	if p.until.IsZero() || !now.Before(p.until) {
		p.until, p.got = now.Add(patience), 0
	}
	if float64(p.got) >= minRate*patience.Seconds() {
		return now.Add(patience)
	}
	return p.until
}

// enoughToMove is how many bytes of a message show that a peer gets on.
const enoughToMove = 16 << 10

// gotOn records that the peer gets on: it has sent an object, or a good part of one.
func (w *wire) gotOn() {
	w.moved = 0
	w.last.Store(time.Now().UnixNano())
}

// answered records that an answer that was owed has been given.
func (w *wire) answered() {
	w.last.Store(time.Now().UnixNano())
	w.owed.Add(-1)
}

// active returns when the peer last got on: now, while it is this side's turn.
func (w *wire) active() time.Time {
	if !w.waits.Load() || w.owed.Load() > 0 {
		return time.Now()
	}
	return time.Unix(0, w.last.Load())
}
