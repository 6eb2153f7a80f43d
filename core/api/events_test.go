package api_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/api/events"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

var errEnough = errors.New("enough")

// watch reads events until there are as many as are wanted, and returns them as
// words, and the id of the last one.
func watch(t *testing.T, client *api.Client, q api.EventQuery, n int) (seen []string, last int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := client.Events(ctx, q, func(e api.Event) error {
		seen, last = append(seen, string(e.Kind)+" "+e.Of+" "+e.State), e.ID
		if len(seen) == n {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Fatalf("%v after %q", err, seen)
	}
	return seen, last
}

// One who was away goes on after the last event that they saw, also where another
// agent answers then.
func TestEventsGoOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	serve := func() (*state.DB, *api.Client, func()) {
		db, err := state.Open(t.Context(), path)
		check(t, err)
		listening := httptest.NewServer(api.New(api.Sources{DB: db, Logger: hclog.NewNullLogger()}).Handler())
		return db, &api.Client{Address: listening.URL}, func() { listening.Close(); check(t, db.Close()) }
	}
	db, client, stop := serve()
	add := func(ids ...string) {
		for _, id := range ids {
			check(t, db.AddEvents(t.Context(), []run.Event{{At: time.Now(), Kind: run.OfExecutor, ID: id, State: "healthy"}}))
		}
	}
	add("before")
	begun := make(chan struct{})
	go func() {
		defer close(begun)
		seen, last := watch(t, client, api.EventQuery{}, 1)
		if !slices.Equal(seen, []string{"ready  "}) || last != 1 {
			t.Errorf("a reader begins with %q, %d", seen, last)
		}
	}()
	<-begun
	add("a", "b")
	if seen, last := watch(t, client, api.EventQuery{After: 1}, 3); !slices.Equal(seen, []string{"ready  ", "executor a healthy", "executor b healthy"}) || last != 3 {
		t.Errorf("got %q, %d", seen, last)
	}
	stop()
	db, client, stop = serve()
	t.Cleanup(func() { stop() })
	add("c")
	if seen, _ := watch(t, client, api.EventQuery{After: 2}, 3); !slices.Equal(seen, []string{"ready  ", "executor b healthy", "executor c healthy"}) {
		t.Errorf("after a restart, got %q", seen)
	}
	if seen, last := watch(t, client, api.EventQuery{After: 99}, 1); !slices.Equal(seen, []string{"reset  "}) || last != 4 {
		t.Errorf("after an event that is not known, got %q, %d", seen, last)
	}
	if _, err := db.DropEvents(t.Context(), time.Now().Add(time.Hour), 2); err != nil {
		t.Fatal(err)
	}
	if seen, _ := watch(t, client, api.EventQuery{After: 1}, 1); !slices.Equal(seen, []string{"reset  "}) {
		t.Errorf("after an event whose next one is not known any more, got %q", seen)
	}
}

// A reader that waits is sent what is committed, and what it asks for alone.
func TestEventsAreFiltered(t *testing.T) {
	s, story := acting(t)
	listening := httptest.NewServer(s.Handler())
	t.Cleanup(listening.Close)
	client := &api.Client{Address: listening.URL}
	seen := make(chan string, 9)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		q := api.EventQuery{Kinds: []run.Kind{run.OfRun, run.OfTask}, Run: story.runs[0]}
		_ = client.Events(ctx, q, func(e api.Event) error { // ends with the test
			seen <- string(e.Kind) + " " + e.Of + " " + e.State
			return nil
		})
	}()
	if first := <-seen; first != "ready  " {
		t.Fatalf("it begins with %q", first)
	}
	for _, id := range []run.ID{story.runs[5], story.runs[0]} { // another one first
		if answer := post(t, s, "/v1/runs/"+string(id)+"/cancel", ""); answer.Code != http.StatusOK {
			t.Fatal(answer.Body)
		}
	}
	want := []string{"run " + string(story.runs[0]) + " canceled", "task 0 canceled"}
	got := []string{<-seen, <-seen}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for url, want := range map[string]string{"?kind=runs": "did you mean run?", "?after=x": "not the id of an event", "?kinds=run": "did you mean kind?"} {
		answer, err := http.Get(listening.URL + "/v1/events" + url)
		check(t, err)
		text, err := io.ReadAll(answer.Body)
		check(t, err)
		check(t, answer.Body.Close())
		if answer.StatusCode != http.StatusBadRequest || !strings.Contains(string(text), want) {
			t.Errorf("%s: %s %s", url, answer.Status, text)
		}
	}
}

// A reader that takes nothing is cut off, and goes on with the last event that it
// took when it comes again.
func TestEventsCutOffWhoIsSlow(t *testing.T) {
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	stream := events.NewStream(events.NewFeed(db))
	stream.Patience, stream.Pause = 200*time.Millisecond, time.Millisecond
	ended := make(chan struct{})
	listening := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		if err := stream.Send(w, r, 0, events.Filter{}); err != nil {
			t.Error(err)
		}
	}))
	listening.Start()
	t.Cleanup(listening.Close)
	conn, err := net.Dial("tcp", listening.Listener.Addr().String())
	check(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	check(t, err)
	one := make([]byte, 1)
	_, err = conn.Read(one)
	check(t, err)
	many := make([]run.Event, 500)
	for i := range many {
		many[i] = run.Event{At: time.Now(), Kind: run.OfFlow, ID: strings.Repeat("f", 2000), State: "enabled"}
	}
	for {
		select {
		case <-ended:
			return
		default:
			check(t, db.AddEvents(t.Context(), many))
		}
	}
}
