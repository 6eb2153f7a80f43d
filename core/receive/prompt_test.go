package receive

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
)

// of is an object of a study and a series.
func of(study, series string) *dimse.StoreRequest {
	var b []byte
	for i, uid := range []string{study, series} {
		uid += strings.Repeat("\x00", len(uid)%2)
		b = append(b, 0x20, 0, byte(0x0D+i), 0, 'U', 'I')
		b = append(binary.LittleEndian.AppendUint16(b, uint16(len(uid))), uid...)
	}
	return &dimse.StoreRequest{
		SOPClassUID: "1.2.840.10008.5.1.4.1.1.2", SOPInstanceUID: "1.2.3", TransferSyntaxUID: dcm.ExplicitVRLittleEndian,
		Data: &dataset{strings.NewReader(string(b))},
	}
}

// An object is recorded soon after it came where that is asked for, although its
// association is open and sends no more. Otherwise it is at the end.
func TestPrompt(t *testing.T) {
	for _, prompt := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			r, recorded, _ := newReceiver(t, t.TempDir(), nil)
			r.Prompt = func() bool { return prompt }
			session := open(t, r)
			for range 3 {
				if status := session.Store(t.Context(), of("1.1", "1.1.1")); !status.Success() {
					t.Fatal(status)
				}
			}
			time.Sleep(3 * time.Second)
			synctest.Wait()
			if want := map[bool]int{true: 3}[prompt]; recorded.objects != want {
				t.Errorf("%d objects are recorded while the association is open, want %d", recorded.objects, want)
			}
			if err := session.Released(t.Context()); err != nil || recorded.objects != 3 {
				t.Errorf("%d objects are recorded at the end, %v", recorded.objects, err)
			}
			time.Sleep(time.Minute) // nothing more is recorded
			if recorded.objects != 3 {
				t.Errorf("%d objects are recorded after the end", recorded.objects)
			}
		})
	}
}

// What open associations have sent is known, until they have ended.
func TestSending(t *testing.T) {
	r, _, _ := newReceiver(t, t.TempDir(), nil)
	ended := 0
	r.Ended = func() {
		if len(r.Sending("1.1")) != 1-ended {
			t.Error("an association counts as open when its end is told")
		}
		ended++
	}
	first, second := open(t, r), open(t, r)
	for _, object := range []*dimse.StoreRequest{of("1.1", "1.1.1"), of("1.2", "1.2.1"), of("", "")} {
		if status := first.Store(t.Context(), object); !status.Success() {
			t.Fatal(status)
		}
	}
	if status := second.Store(t.Context(), of("1.1", "1.1.2")); !status.Success() {
		t.Fatal(status)
	}
	for uid, want := range map[dcm.UID]int{"1.1": 2, "1.1.1": 1, "1.1.2": 1, "1.2": 1, "1.2.1": 1, "": 0, "9": 0} {
		if got := r.Sending(uid); len(got) != want {
			t.Errorf("%d associations have sent to %q, want %d", len(got), uid, want)
		} else if want > 0 && got[0].CallingAE != "CT1" {
			t.Errorf("the sender to %q is %+v", uid, got[0])
		}
	}
	if err := first.Released(t.Context()); err != nil {
		t.Error(err)
	}
	if got := r.Sending("1.2"); len(got) != 0 {
		t.Errorf("an association that has ended is sending: %v", got)
	}
	second.Aborted(dimse.ErrPeerClosed)
	if ended != 2 {
		t.Errorf("%d ends were told, want 2", ended)
	}
}

// Whoever asks for it waits until what was answered is recorded, also of an
// association that is about to end.
func TestRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, recorded, _ := newReceiver(t, t.TempDir(), nil)
		must := func(want int) {
			t.Helper()
			if err := r.Record(t.Context()); err != nil || recorded.objects != want {
				t.Errorf("%d objects are recorded, want %d, %v", recorded.objects, want, err)
			}
		}
		must(0)
		first, second := open(t, r), open(t, r)
		for i, session := range []dimse.Session{first, second, first} {
			if status := session.Store(t.Context(), of("1.1", "1.1.1")); !status.Success() {
				t.Fatal(status)
			}
			if i > 0 {
				must(i + 1)
			}
		}
		if status := second.Store(t.Context(), of("1.1", "1.1.1")); !status.Success() {
			t.Fatal(status)
		}
		go func() { _ = second.Released(t.Context()) }()
		synctest.Wait()
		must(4)
		recorded.fails = errors.New("no space left on device")
		if status := first.Store(t.Context(), of("1.1", "1.1.1")); !status.Success() {
			t.Fatal(status)
		}
		if err := r.Record(t.Context()); !errors.Is(err, recorded.fails) {
			t.Errorf("Record is %v, want %v", err, recorded.fails)
		}
		recorded.fails = nil
		must(5)
	})
}
