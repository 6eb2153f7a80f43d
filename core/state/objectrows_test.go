package state

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// objectsOf returns n objects of an arrival, with UIDs as long as scanners give.
func objectsOf(arrival run.ArrivalID, n int) []run.Object {
	objects := make([]run.Object, n)
	for i := range objects {
		objects[i] = run.Object{
			File: fmt.Sprintf("%s/%06d.dcm", arrival, i+1), SOPClassUID: "1.2.840.10008.5.1.4.1.1.2",
			SOPInstanceUID: dcm.UID(fmt.Sprintf("1.3.6.1.4.1.5962.99.1.2280943358.716200484.1363785608958.%d", i)), TransferSyntaxUID: dcm.ExplicitVRLittleEndian,
			StudyUID: "1.3.6.1.4.1.5962.99.1.2280943358.716200484.1", SeriesUID: "1.3.6.1.4.1.5962.99.1.2280943358.716200484.2",
			Modality: "CT", Patient: "1234 PH", Size: 526_000 + int64(i), Received: time.Unix(1_700_000_000, int64(i)),
		}
	}
	return objects
}

// opened is a new arrival that is being received.
func opened(tb testing.TB, db *DB) run.ArrivalID {
	tb.Helper()
	id := run.NewArrivalID()
	if err := db.OpenArrival(context.Background(), run.Arrival{ID: id, Sender: run.Sender{CallingAE: "CT1"}, Opened: time.Now()}); err != nil {
		tb.Fatal(err)
	}
	return id
}

// What senders put into objects comes back byte for byte, in its order.
func TestObjectsComeBackAsTheyWere(t *testing.T) {
	var every strings.Builder
	for c := range 256 {
		every.WriteByte(byte(c))
	}
	for _, test := range []struct{ name, text string }{
		{"nothing", ""},
		{"every byte", every.String()},
		{"a NUL alone", "\x00"},
		{"NULs around", "\x00a\x00"},
		{"quotes and escapes", `"\",[]{}\u0000\n` + "\n\t\\"},
		{"digits and spaces", " 12 3 "},
		{"other scripts", "Σ山田^太郎\u2028😀"},
		{"cut within a character", "山"[:2]},
		{"long", strings.Repeat("x\"", 100_000)},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := open(t)
			first := opened(t, db)
			check(t, db.AddObjects(t.Context(), first, objectsOf(first, 3), nil))
			arrival := opened(t, db)
			want := objectsOf(arrival, 300)
			for i := range want[:2] {
				o := &want[i*299]
				o.SOPClassUID, o.TransferSyntaxUID, o.StudyUID, o.SeriesUID = dcm.UID(test.text), dcm.UID(test.text), dcm.UID(test.text), dcm.UID(test.text)
				o.SOPInstanceUID, o.Modality, o.Patient, o.Received = dcm.UID(test.text+string(o.SOPInstanceUID)), test.text, test.text, time.Time{}
			}
			check(t, db.AddObjects(t.Context(), arrival, want[:128], nil))
			check(t, db.AddObjects(t.Context(), arrival, want[128:], nil))
			for i := range want {
				want[i].ID = int64(i) + 4
			}
			got, err := db.Objects(t.Context(), arrival)
			check(t, err)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("objects (-added +read):\n%s", diff)
			}
			for column, want := range map[string]string{"patient": test.text, "sop_class": test.text} {
				var stored string
				check(t, db.read.QueryRow("SELECT "+column+" FROM object WHERE id = 4").Scan(&stored))
				if stored != want {
					t.Errorf("column %s has %q, want %q", column, stored, want)
				}
			}
		})
	}
}

// A file that is recorded already fails the call, and none of its objects stays.
func TestNoObjectIsRecordedTwice(t *testing.T) {
	db := open(t)
	arrival := opened(t, db)
	objects := objectsOf(arrival, 3)
	check(t, db.AddObjects(t.Context(), arrival, objects[1:2], nil))
	if err := db.AddObjects(t.Context(), arrival, objects, nil); err == nil {
		t.Error("an object was recorded twice")
	}
	got, err := db.Files(t.Context(), arrival)
	check(t, err)
	if want := []string{objects[1].File}; !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
}

// BenchmarkObjects records objects as an association does, and reads them as
// matching does.
func BenchmarkObjects(b *testing.B) {
	const batch = 128
	for _, rule := range []string{"", "none"} {
		b.Run("rule="+rule, func(b *testing.B) {
			db, err := Open(b.Context(), b.TempDir()+"/state.db")
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			b.ReportAllocs()
			for b.Loop() {
				arrival := opened(b, db)
				objects := objectsOf(arrival, 2000)
				for some := range slices.Chunk(objects, batch) {
					if err := db.AddObjects(b.Context(), arrival, some, nil); err != nil {
						b.Fatal(err)
					}
				}
				if read, err := db.Objects(b.Context(), arrival); err != nil || len(read) != len(objects) {
					b.Fatal(len(read), err)
				}
			}
		})
	}
}

// Thousands of objects come in a minute, and none costs more than a few allocations.
func TestAllocationsOfAnObject(t *testing.T) {
	db := open(t)
	const n, most = 1000, 6
	arrival := opened(t, db)
	next := 0
	objects := objectsOf(arrival, 2*n)
	once := testing.AllocsPerRun(1, func() { // once before, to prepare the statements
		check(t, db.AddObjects(t.Context(), arrival, objects[next:next+n], nil))
		next += n
	})
	read := testing.AllocsPerRun(1, func() {
		got, err := db.Objects(t.Context(), arrival)
		check(t, err)
		if len(got) != 2*n {
			t.Errorf("%d objects, want %d", len(got), 2*n)
		}
	})
	if each := once/n + read/(2*n); each > most {
		t.Errorf("an object costs %.1f allocations: %.1f to record, %.1f to read; want at most %d", each, once/n, read/(2*n), most)
	} else {
		t.Logf("an object costs %.1f allocations: %.1f to record, %.1f to read", each, once/n, read/(2*n))
	}
}
