package plugin_test

import (
	"errors"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/plugin"
	"github.com/raddeploy/raddeploy/sdk"
)

// New settings have the plugin launched anew, at once; the attempts in its
// backend do not notice.
func TestChangedSettingsAreTold(t *testing.T) {
	s, backend := spec(t)
	e := ready(t, s)
	task := &sdk.Task{Attempt: "a", Options: []byte(`{"hold": true}`)}
	handle, err := e.Start(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	first := e.PID()
	told := make(chan struct{}, 10)
	decode := s.Decode
	s.Decode = func(schema sdk.Schema) ([]byte, error) {
		told <- struct{}{}
		return decode(schema)
	}
	e.Change(s, true)
	until(t, e, "a second plugin process", func() bool { return e.Generation() == 2 && e.Err() == nil })
	if len(told) != 1 || e.PID() == first {
		t.Errorf("configured %d times by the new settings; process %d, before it %d", len(told), e.PID(), first)
	}
	if err := e.Recover(t.Context(), task, handle); err != nil {
		t.Fatal(err)
	}
	if err := backend.Release("a"); err != nil {
		t.Fatal(err)
	}
	var exit *sdk.Exit
	if err := e.Watch(t.Context(), "a", func(event sdk.Event) error { exit = event.Exit; return nil }); err != nil || exit == nil || !exit.Succeeded() {
		t.Errorf("it ended as %+v, %v", exit, err)
	}
}

// What only the agent looks at needs no other process.
func TestChangedAllow(t *testing.T) {
	s, _ := spec(t)
	e := ready(t, s)
	options := map[string]any{"devices": "all"}
	if _, found := e.CheckOptions(options); !found.Failed() {
		t.Fatal("a guarded field is allowed")
	}
	pid := e.PID()
	s.Allow = []string{"devices"}
	e.Change(s, false)
	if _, found := e.CheckOptions(options); found.Failed() {
		t.Errorf("the field that is allowed now: %v", found)
	}
	if e.PID() != pid || e.Generation() != 1 {
		t.Errorf("the plugin was launched anew: process %d, before it %d", e.PID(), pid)
	}
}

// Better settings are tried at once, however long the pause would have been.
func TestChangeEndsTheBackoff(t *testing.T) {
	s, _ := spec(t)
	good := s.Decode
	tries := make(chan struct{}, 100)
	s.Decode = func(sdk.Schema) ([]byte, error) {
		tries <- struct{}{}
		return nil, errors.New("not these settings")
	}
	e := plugin.New(s, nil)
	e.Hurry(time.Hour)
	e.Slow(time.Hour)
	start(t, e)
	<-tries
	until(t, e, "it to be refused", func() bool { return e.Err() != nil && e.Err().Error() == "not these settings" })
	s.Decode = good
	e.Change(s, true)
	until(t, e, "it to be launched by the new settings", func() bool { return e.Err() == nil })
}
