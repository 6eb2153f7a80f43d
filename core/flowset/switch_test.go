package flowset

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

func TestSwitch(t *testing.T) {
	f := newFolder(t, "a.yaml", model, "b.yaml", "mode: shadow\n"+model)
	synctest.Test(t, func(t *testing.T) {
		s := f.open()
		since := time.Now()
		for range 2 { // the second time changes nothing
			shown, err := s.Switch(t.Context(), "a", false, run.Actor{})
			if err != nil || shown.State != Disabled || !shown.DisabledSince.Equal(since) {
				t.Errorf("off: state %s since %s, %v; want since %s", shown.State, shown.DisabledSince, err, since)
			}
			f.wantInForce(s, "b")
			if stored := f.off[flow.ID{Name: "a"}]; !stored.Equal(since) {
				t.Errorf("stored since %s, want %s", stored, since)
			}
			f.wantInForce(f.open(), "b") // an agent that starts now
			time.Sleep(time.Hour)
		}
		for range 2 {
			shown, err := s.Switch(t.Context(), "a", true, run.Actor{})
			if err != nil || shown.State != State(flow.Live) || !shown.DisabledSince.IsZero() {
				t.Errorf("on: %+v, %v", shown, err)
			}
			f.wantInForce(s, "a b")
			f.wantInForce(f.open(), "a b")
		}
		for on, want := range map[bool]State{false: Disabled, true: State(flow.Shadow)} {
			if shown, err := s.Switch(t.Context(), "b", on, run.Actor{}); err != nil || shown.State != want {
				t.Errorf("shadow flow, on %v: %s, %v", on, shown.State, err)
			}
		}
	})
}

// What cannot be stored does not happen: it would be undone by a restart.
func TestSwitchThatCannotBeStored(t *testing.T) {
	f := newFolder(t, "a.yaml", model, "b.yaml", model)
	f.off[flow.ID{Name: "b"}] = time.Now()
	s := f.open()
	f.err = errors.New("disk is full")
	for name, on := range map[string]bool{"a": false, "b": true} {
		if _, err := s.Switch(t.Context(), name, on, run.Actor{}); !errors.Is(err, f.err) {
			t.Errorf("switch %s: %v", name, err)
		}
		f.wantInForce(s, "a")
	}
	if log := f.logged(); log != "" {
		t.Errorf("logged: %s", log)
	}
}

func TestSwitchRefused(t *testing.T) {
	f := newFolder(t, "a.yaml", "mode: off\n"+model, "b1.yaml", "name: b\nversion: 1\n"+model, "b2.yaml", "name: b\nversion: 2\n"+model)
	s := f.open()
	for _, test := range []struct {
		name string
		on   bool
		want string
	}{
		{"a", true, "flow a is off in its own file: change its mode in " + f.dir + "/a.yaml"},
		{"b", false, `flow "b" has 2 versions: name one of them as NAME@VERSION`},
	} {
		_, err := s.Switch(t.Context(), test.name, test.on, run.Actor{})
		var conflict *ConflictError
		if !errors.As(err, &conflict) || err.Error() != test.want {
			t.Errorf("switch %s: %v, want %s", test.name, err, test.want)
		}
	}
	for _, unknown := range []string{"c", "b@3", "B", ""} {
		if _, err := s.Switch(t.Context(), unknown, false, run.Actor{}); !errors.Is(err, ErrNotFound) {
			t.Errorf("switch %q: %v", unknown, err)
		}
	}
	if len(f.off) > 0 {
		t.Errorf("stored: %v", f.off)
	}
}

// late is a store that answers a second after it has done what it is to do.
type late struct{ switches }

func (l *late) SwitchOff(ctx context.Context, id flow.ID, e run.Entry) error {
	err := l.switches.SwitchOff(ctx, id, e)
	time.Sleep(time.Second)
	return err
}

// Of two operators the second one counts, in force as in the store.
func TestSwitchesAtOnce(t *testing.T) {
	f := newFolder(t, "a.yaml", model)
	synctest.Test(t, func(t *testing.T) {
		s := f.open()
		store := &late{switches: *f.switches}
		s.store = store
		ended := make(chan error)
		begin := func(ctx context.Context, on bool) {
			go func() {
				_, err := s.Switch(ctx, "a", on, run.Actor{})
				ended <- err
			}()
			synctest.Wait() // it is within the store, or waits for its turn
		}
		begin(t.Context(), false)
		canceled, cancel := context.WithCancel(t.Context())
		begin(canceled, false)
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("one that is canceled while it waits: %v", err)
		}
		begin(t.Context(), true)
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if len(store.off) > 0 {
			t.Errorf("switched off in the store: %v", store.off)
		}
		f.wantInForce(s, "a")
	})
}

func TestShow(t *testing.T) {
	f := newFolder(t, "a.yaml", model, "b1.yaml", "name: b\nversion: 1\n"+model, "b2.yaml", "name: b\nversion: 2\n"+model)
	s := f.open()
	for name, want := range map[string]string{"a": "a", "b@1": "b@1", "b@2": "b@2"} {
		shown, err := s.Show(name)
		if err != nil || shown.Flow.ID().String() != want || shown.State != State(flow.Live) {
			t.Errorf("show %s: %+v, %v", name, shown, err)
		}
	}
	var conflict *ConflictError
	if _, err := s.Show("b"); !errors.As(err, &conflict) {
		t.Errorf("show b: %v", err)
	}
	if _, err := s.Show("b@3"); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "raddeploy flow list") {
		t.Errorf("show b@3: %v", err)
	}
}

func TestList(t *testing.T) {
	f := newFolder(t,
		"a.yaml", model,
		"b.yaml", "mode: off\n"+model,
		"broken.yaml", "models: 1\npriority: high\n",
		"was_good.yaml", model,
		"warned.yaml", "models: [{image: busybox, output_mounts: {dst: /o, left: /l}}]\n",
	)
	s := f.open()
	f.put("was_good.yaml", "models: 1\n")
	s.reload()
	type row struct {
		Name, File string
		State      State
		Problems   int
		Stale      bool
	}
	var got []row
	for _, shown := range s.List() {
		r := row{File: strings.TrimPrefix(shown.Path, f.dir+"/"), State: shown.State, Problems: len(shown.Problems)}
		if shown.Loaded != nil {
			r.Name, r.Stale = shown.Flow.Name, shown.Stale
		}
		got = append(got, r)
	}
	want := []row{
		{"a", "a.yaml", "live", 0, false},
		{"b", "b.yaml", "off", 0, false},
		{"warned", "warned.yaml", "live", 1, false},
		{"was_good", "was_good.yaml", "live", 1, true},
		{"", "broken.yaml", Broken, 2, false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var files []string
	for _, line := range s.Errors() {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, f.dir+"/"), ":")
		files = append(files, name)
	}
	if diff := cmp.Diff([]string{"broken.yaml", "broken.yaml", "was_good.yaml"}, files); diff != "" {
		t.Error(diff)
	}
}
