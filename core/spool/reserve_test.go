package spool

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/problem"
)

// disk is a disk of a size that what is written to it fills.
type disk struct {
	bytes.Buffer
	size   int
	looked int
	broken error
}

func (d *disk) free() (uint64, error) {
	d.looked++
	return uint64(max(0, d.size-d.Len())), d.broken
}

func TestReserveSaysWhatIsMissing(t *testing.T) {
	const reserve = 10 << 20
	for _, c := range []struct {
		free, once, twice uint64
		says              string
	}{
		{free: 20 << 20, once: 0, twice: 0},
		{free: 20<<20 - 1, once: 0, twice: 1},
		{free: 10 << 20, once: 0, twice: 10 << 20},
		{free: 10<<20 - 1, once: 1, twice: 10<<20 + 1, says: "disk below its reserve: 9.9MiB of 10MiB are free"},
		{free: 512, once: 10<<20 - 512, twice: 20<<20 - 512, says: "disk below its reserve: 512B of 10MiB are free"},
	} {
		r := NewReserve(reserve, (&disk{size: int(c.free)}).free)
		once, _ := r.Missing(1)
		twice, _ := r.Missing(2)
		if once != c.once || twice != c.twice {
			t.Errorf("with %d free, missing %d and %d, want %d and %d", c.free, once, twice, c.once, c.twice)
		}
		err := r.Check()
		var below *BelowReserve
		if errors.As(err, &below) != (c.says != "") || (err != nil && !strings.HasPrefix(err.Error(), c.says)) {
			t.Errorf("with %d free: %v", c.free, err)
		}
		if err != nil && !strings.Contains(problem.Advice(err), "reserve") {
			t.Errorf("no advice: %v", err)
		}
	}
}

func TestReserveOfNothingNeverLooks(t *testing.T) {
	d := &disk{broken: errors.New("no answer")}
	r := NewReserve(0, d.free)
	if err := r.Check(); err != nil || d.looked > 0 {
		t.Error(err, d.looked)
	}
	r.Set(1)
	if err := r.Check(); !errors.Is(err, d.broken) {
		t.Errorf("what cannot be told counts as enough: %v", err)
	}
}

// What can be done without stops before objects are refused.
func TestSpareThingsStopEarlier(t *testing.T) {
	for free, want := range map[int]string{
		15 << 20: "", 10 << 20: "", 10<<20 - 1: "disk near its reserve: 9.9MiB are free, and 8MiB stay free",
		8 << 20: "disk near its reserve: 8MiB are free, and 8MiB stay free", 0: "disk near its reserve: 0B are free, and 8MiB stay free",
	} {
		r := NewReserve(8<<20, (&disk{size: free}).free)
		if err := r.CheckSpare(); (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("with %d bytes free: %v", free, err)
		}
	}
	var none *Reserve
	if err := errors.Join(none.CheckSpare(), none.Check()); err != nil {
		t.Error(err)
	}
}

func TestWriterStopsAtTheReserve(t *testing.T) {
	d := &disk{size: 8 << 20}
	w := NewReserve(3<<20, d.free).Writer(d)
	n, err := io.CopyBuffer(w, io.LimitReader(zeros{}, 1<<30), make([]byte, 5<<20))
	var below *BelowReserve
	if !errors.As(err, &below) {
		t.Fatalf("wrote %d bytes: %v", n, err)
	}
	if free := 8<<20 - d.Len(); free < 3<<20-checkEvery || int64(d.Len()) != n {
		t.Errorf("%d bytes are left free, %d of %d written are counted", free, n, d.Len())
	}
	d.size = 100 << 20
	if n, err := w.Write([]byte("x")); err == nil || n != 0 {
		t.Error("goes on behind a gap when there is room again")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
