package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// Who is refused again and again does not fill the journal: what has no entry of its
// own is counted in one.
func TestRefusalsDoNotFillTheJournal(t *testing.T) {
	g, db := required(t)
	viewer, _ := token(t, db, run.Viewer, 0)
	before := len(journal(t, db))
	for range 200 {
		guess, _, _ := NewToken()
		ask(t, g, http.MethodGet, "/v1/status", with(guess))
		ask(t, g, http.MethodPost, "/v1/flows/lung/disable", with(viewer))
	}
	for i := range 200 { // things that there are not
		ask(t, g, http.MethodGet, fmt.Sprintf("/v1/runs/%d/logs", i), with(viewer))
	}
	if n := len(journal(t, db)) - before; n != 2*refusalsOfOne {
		t.Errorf("the journal has %d entries of 600 refusals, want %d", n, 2*refusalsOfOne)
	}
	g.recordOver(t.Context(), time.Now().Add(refusalsWithin))
	var more []string
	for _, e := range journal(t, db)[:2] {
		if e.Result != run.WasRefused {
			t.Errorf("the journal has %+v", e)
		}
		more = append(more, e.By.Name+": "+e.Detail)
	}
	all := strings.Join(more, "; ")
	if !strings.Contains(all, "anna: 380 more were refused, the last at ") || !strings.Contains(all, ": 180 more were refused, the last at ") {
		t.Errorf("the journal has %s", all)
	}
	guess, _, _ := NewToken()
	ask(t, g, http.MethodGet, "/v1/status", with(guess))
	if got := journal(t, db)[0]; got.By.Token != idOf(guess) {
		t.Errorf("after that time a refusal is not recorded: %+v", got)
	}
}

// Nor do many who are refused, and they do not hide those who prove who they are.
func TestRefusalsOfMany(t *testing.T) {
	var f refusals
	now, recorded := time.Now(), 0
	for i := range 20_000 {
		e := run.Entry{At: now, Action: run.Ask, Thing: "site", Result: run.WasRefused, By: run.Actor{Address: fmt.Sprintf("10.%d.%d.1", i/250, i%250)}}
		if f.admit(e) {
			recorded++
		}
	}
	if recorded != refusalsOfAll || len(f.of) > 2*refusalsOfAll {
		t.Errorf("%d are recorded and %d are remembered, want %d", recorded, len(f.of), refusalsOfAll)
	}
	if !f.admit(run.Entry{At: now, By: run.Actor{Name: "vera", Known: run.ByLogin}}) {
		t.Error("one whose name is proven is not recorded")
	}
	over := f.over(now.Add(refusalsWithin))
	if len(over) != 1 || !strings.HasPrefix(over[0].Detail, "19700 more were refused") || len(f.of) != 0 {
		t.Errorf("%+v", over)
	}
}

// What a path says is not recorded at any length.
func TestLongPaths(t *testing.T) {
	g, db := required(t)
	viewer, _ := token(t, db, run.Viewer, 0)
	ask(t, g, http.MethodPost, "/ui/runs/"+strings.Repeat("a", 5000)+"/"+strings.Repeat("b", 5000), with(viewer))
	if e := journal(t, db)[0]; len(e.ID) > longestAsked+3 || len(e.Action) > longestAsked+3 || e.Result != run.WasRefused {
		t.Errorf("%d bytes of an id and %d of an action are recorded", len(e.ID), len(e.Action))
	}
}
