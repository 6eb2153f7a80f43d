package state

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

func TestContactsAreCounted(t *testing.T) {
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	at := func(second int64) time.Time { return time.Unix(second, 0) }
	scanner := run.Sender{CallingAE: "CT1", CalledAE: "X", Address: "10.1.0.7"}
	add := func(contacts ...run.Contact) {
		t.Helper()
		if err := db.AddContacts(t.Context(), contacts); err != nil {
			t.Fatal(err)
		}
	}
	add(run.Contact{Sender: scanner, Outcome: run.Rejected, Detail: "why", First: at(1), Last: at(2), Count: 2})
	add(run.Contact{Sender: scanner, Outcome: run.Rejected, Detail: "why", First: at(5), Last: at(5), Count: 1},
		run.Contact{Sender: scanner, Outcome: run.Accepted, First: at(4), Last: at(4), Count: 1})
	want := []run.Contact{
		{Sender: scanner, Outcome: run.Rejected, Detail: "why", First: at(1), Last: at(5), Count: 3},
		{Sender: scanner, Outcome: run.Accepted, First: at(4), Last: at(4), Count: 1},
	}
	got, err := db.Contacts(t.Context())
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, contacts (-want +got):\n%s", err, diff)
	}

	// titles that somebody makes up do not push out who was accepted
	var made []run.Contact
	for i := range MostContacts + 50 {
		made = append(made, run.Contact{Sender: run.Sender{CallingAE: dcm.AETitle(fmt.Sprint("X", i))}, Outcome: run.Rejected, First: at(10), Last: at(int64(10 + i)), Count: 1})
	}
	add(made...)
	got, err = db.Contacts(t.Context())
	if err != nil || len(got) != MostContacts+1 || got[len(got)-1].Outcome != run.Accepted {
		t.Errorf("%d contacts are kept, the last %+v, %v", len(got), got[len(got)-1], err)
	}
}
