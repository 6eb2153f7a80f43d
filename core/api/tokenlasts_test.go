package api_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// How long a token lasts is what was asked for, or is refused.
func TestHowLongTokensLast(t *testing.T) {
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	check(t, err)
	defer db.Close()
	s := api.New(api.Sources{DB: db})
	for expires, refused := range map[string]bool{"": false, "1h": false, "36500d": false, "never": false, "90000d": true, "106000d": true, "0s": true, "soon": true} {
		made, err := s.CreateToken(t.Context(), api.TokenOrder{Role: run.Viewer, Expires: expires}, run.Actor{Name: "root"})
		if (err != nil) != refused {
			t.Errorf("%q: %v", expires, err)
		}
		if err != nil {
			continue
		}
		stored, err := db.Token(t.Context(), made.ID)
		check(t, err)
		if stored.State(time.Now()) != run.TokenValid || stored.Expires.IsZero() != (expires == "never") {
			t.Errorf("%q: it is %s, and expires %s", expires, stored.State(time.Now()), stored.Expires)
		}
	}
}
