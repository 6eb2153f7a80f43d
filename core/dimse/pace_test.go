package dimse

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	const patience = 100 * time.Second // in which 100 KiB have to come
	start := time.Unix(1000, 0)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	p := &pace{}
	expect := func(what string, now, want time.Time) {
		t.Helper()
		if got := p.deadline(now, patience); !got.Equal(want) {
			t.Errorf("%s: the deadline is after %v, want %v", what, got.Sub(start), want.Sub(start))
		}
	}
	expect("between messages", at(7), at(107))
	p.message(true)
	expect("a message begins", at(10), at(110))
	p.got += 1000
	expect("too little came", at(60), at(110))
	p.got += 100 << 10
	expect("enough came", at(100), at(200))
	expect("this side was busy over the end of the window", at(150), at(250))
	expect("a new window has begun", at(160), at(250))
	p.message(false)
	expect("the message has ended", at(170), at(270))
}
