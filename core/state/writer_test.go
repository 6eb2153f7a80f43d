package state

import (
	"fmt"
	"runtime"
	"testing"
)

// A write that fails undoes only itself, wherever in a commit it is.
func TestOneOfManyWritesFails(t *testing.T) {
	db := open(t)
	blocked, release := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		var once bool
		first <- db.update(t.Context(), func(tx *transaction) error {
			if !once {
				once = true
				close(blocked)
				<-release
			}
			_, err := tx.Exec("INSERT INTO switched_off (name, version, since) VALUES ('first', '', 0)")
			return err
		})
	}()
	<-blocked
	errs := make(chan error, 3)
	for i := range cap(errs) {
		go func() {
			errs <- db.update(t.Context(), func(tx *transaction) error {
				name := fmt.Sprint("next ", i)
				if _, err := tx.Exec("INSERT INTO switched_off (name, version, since) VALUES (?, '', 0)", name); err != nil {
					return err
				}
				if i == 1 {
					return fmt.Errorf("%s is refused", name)
				}
				return nil
			})
		}()
	}
	for len(db.jobs) < cap(errs) { // they shall share a commit
		runtime.Gosched()
	}
	close(release)
	check(t, <-first)
	var refused []string
	for range cap(errs) {
		if err := <-errs; err != nil {
			refused = append(refused, err.Error())
		}
	}
	if fmt.Sprint(refused) != "[next 1 is refused]" {
		t.Errorf("refused: %v", refused)
	}
	off, err := db.SwitchedOff(t.Context())
	check(t, err)
	if len(off) != 3 {
		t.Errorf("recorded: %v, want all but the refused one", off)
	}
}
