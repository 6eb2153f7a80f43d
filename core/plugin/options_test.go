package plugin_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/raddeploy/raddeploy/core/plugin"
	"github.com/raddeploy/raddeploy/sdk"
)

func TestCheckOptions(t *testing.T) {
	s, _ := spec(t)
	strict := ready(t, s)
	s.Allow = []string{"devices"}
	open := ready(t, s)
	for _, test := range []struct {
		name     string
		executor *plugin.Executor
		options  map[string]any
		want     string // JSON, or the diagnostic
	}{
		{"none", strict, nil, `{}`},
		{"as YAML gives them", strict, map[string]any{"run": 2, "stdout": []any{"a"}, "exit": uint64(7)}, `{"exit":7,"run":2,"stdout":["a"]}`},
		{"unknown", strict, map[string]any{"hodl": true}, `options.hodl: unknown word "hodl": did you mean hold?`},
		{"ill-typed element", strict, map[string]any{"stdout": []any{"a", 1}}, `options.stdout.1: "stdout[1]" must be a string, not a number: put quotes around it`},
		{"guarded", strict, map[string]any{"devices": "all"}, `options.devices: "devices" is not allowed on executor "local" at this site`},
		{"guarded and allowed", open, map[string]any{"devices": "all"}, `{"devices":"all"}`},
		{"no JSON", strict, map[string]any{"run": math.NaN()}, `options: the options cannot be written as JSON`},
	} {
		t.Run(test.name, func(t *testing.T) {
			data, found := test.executor.CheckOptions(test.options)
			got := string(data)
			if len(found) > 0 {
				got = found[0].String()
			}
			if !strings.HasPrefix(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if found.Failed() == (data != nil) {
				t.Errorf("both or neither of JSON %s and diagnostics %v", data, found)
			}
		})
	}
}

// Words that every executor knows and that lead out of a container are guarded
// like a plugin's own, whatever the flow was checked against when it was read.
func TestWallsAreGuarded(t *testing.T) {
	s, _ := spec(t)
	strict := ready(t, s)
	s.Allow = []string{"device_cgroup_rules", "ipc_mode", "ports"}
	open := ready(t, s)
	for _, test := range []struct {
		container sdk.Container
		path      string // of the complaint; "": none
	}{
		{sdk.Container{DeviceRules: []string{"b *:* rwm"}}, "device_cgroup_rules"},
		{sdk.Container{IPCMode: "host"}, "ipc_mode"},
		{sdk.Container{IPCMode: "container:other"}, "ipc_mode"},
		{sdk.Container{IPCMode: "private"}, ""},
		{sdk.Container{IPCMode: "shareable"}, ""},
		{sdk.Container{Ports: []sdk.Port{{Container: 80, Host: 8080}, {Container: 11112, Host: 104}}}, "ports"},
		{sdk.Container{Ports: []sdk.Port{{Container: 80, Host: 8080}, {Container: 104}}}, ""},
	} {
		task := &sdk.Task{Attempt: "a", Container: test.container}
		found, err := strict.ValidateTask(t.Context(), task)
		path := ""
		if len(found) > 0 {
			path = strings.Join(found[0].Path, ".")
		}
		if err != nil || path != test.path {
			t.Errorf("%+v: %v (%v), want a complaint of %q", test.container, found, err, test.path)
		}
		if found, err := open.ValidateTask(t.Context(), task); err != nil || found.Failed() {
			t.Errorf("%+v where it is allowed: %v (%v)", test.container, found, err)
		}
	}
	if unknown := open.UnknownAllowed(); unknown != nil {
		t.Errorf("unknown: %v", unknown)
	}
}

func TestGuardedWordsDoNotPassUnchecked(t *testing.T) {
	s, _ := spec(t)
	e := ready(t, s)
	task := &sdk.Task{Attempt: "a", Options: []byte(`{"devices": "all"}`)}
	_, err := e.Start(t.Context(), task)
	var typed *sdk.Error
	if !errors.As(err, &typed) || typed.Kind != sdk.PermissionDenied || len(typed.Diagnostics) != 1 {
		t.Errorf("start: %v, want an error of kind PermissionDenied with a diagnostic", err)
	}
	if found, err := e.ValidateTask(t.Context(), task); err != nil || !found.Failed() {
		t.Errorf("validate: %v, %v, want a diagnostic", found, err)
	}
	if held, err := e.List(t.Context()); err != nil || len(held) > 0 {
		t.Errorf("the backend holds %v, %v", held, err)
	}
}

func TestOptionsCannotBeCheckedBeforeTheLaunch(t *testing.T) {
	s, _ := spec(t)
	e := plugin.New(s, nil)
	if data, found := e.CheckOptions(map[string]any{"devices": "all"}); !found.Failed() {
		t.Errorf("passed unchecked: %s", data)
	}
	if _, found := e.CheckOptions(nil); found.Failed() {
		t.Errorf("no options: %v", found)
	}
}

func TestErrorKindsSurvive(t *testing.T) {
	s, _ := spec(t)
	e := ready(t, s)
	for plan, want := range map[string]sdk.Kind{
		"invalid":     sdk.InvalidArgument,
		"unavailable": sdk.Unavailable,
		"full":        sdk.ResourceExhausted,
		"denied":      sdk.PermissionDenied,
	} {
		_, err := e.Start(t.Context(), &sdk.Task{Attempt: "a", Options: []byte(`{"start": "` + plan + `"}`)})
		if got := sdk.KindOf(err); got != want {
			t.Errorf("%s: kind %v, want %v", plan, got, want)
		}
	}
	if err := e.Recover(t.Context(), &sdk.Task{Attempt: "unknown"}, nil); sdk.KindOf(err) != sdk.NotFound {
		t.Errorf("recover: %v, want an error of kind NotFound", err)
	}
	if err := e.Stop(t.Context(), "unknown", 0); sdk.KindOf(err) != sdk.NotFound {
		t.Errorf("stop: %v, want an error of kind NotFound", err)
	}
	if _, err := e.Start(t.Context(), &sdk.Task{Attempt: "b", Options: []byte(`{"hold": true}`)}); err != nil {
		t.Fatal(err)
	}
	if err := e.Remove(t.Context(), "b"); sdk.KindOf(err) != sdk.FailedPrecondition {
		t.Errorf("remove: %v, want an error of kind FailedPrecondition", err)
	}
}
