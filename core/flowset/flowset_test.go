package flowset

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

// switches is a store in memory that can fail.
type switches struct {
	off map[flow.ID]time.Time
	err error
}

func (s *switches) SwitchedOff(context.Context) (map[flow.ID]time.Time, error) {
	off := map[flow.ID]time.Time{}
	for id, since := range s.off {
		off[id] = since
	}
	return off, s.err
}

func (s *switches) SwitchOff(_ context.Context, id flow.ID, e run.Entry) error {
	if _, twice := s.off[id]; s.err == nil && !twice {
		s.off[id] = e.At
	}
	return s.err
}

func (s *switches) SwitchOn(_ context.Context, id flow.ID, _ run.Entry) error {
	if s.err == nil {
		delete(s.off, id)
	}
	return s.err
}

// folder is a folder of flow files and what the log says of them.
type folder struct {
	*testing.T
	*switches
	dir string
	log bytes.Buffer
}

const model = "models: [{image: busybox}]\n"

// newFolder makes the files: names and texts by turns.
func newFolder(t *testing.T, files ...string) *folder {
	f := &folder{T: t, switches: &switches{off: map[flow.ID]time.Time{}}, dir: t.TempDir()}
	for i := 0; i < len(files); i += 2 {
		f.put(files[i], files[i+1])
	}
	return f
}

func (f *folder) put(name, text string) {
	f.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o600); err != nil {
		f.Fatal(err)
	}
}

func (f *folder) open() *Set {
	f.Helper()
	logger := hclog.New(&hclog.LoggerOptions{Output: &f.log, DisableTime: true})
	s, err := Open(f.Context(), &config.Site{FlowDirs: []string{f.dir}}, f.switches, logger)
	if err != nil {
		f.Fatal(err)
	}
	return s
}

// logged is what the log says since the last time, without the folder.
func (f *folder) logged() string {
	defer f.log.Reset()
	return strings.ReplaceAll(f.log.String(), f.dir+"/", "")
}

// inForce lists flows, those that files held before they broke with a "!".
func inForce(s *Set) string {
	var names []string
	for _, l := range s.InForce() {
		name := l.Flow.ID().String()
		if l.Stale {
			name += "!"
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func (f *folder) wantInForce(s *Set, want string) {
	f.Helper()
	if got := inForce(s); got != want {
		f.Errorf("in force: %q, want %q", got, want)
	}
}

func TestOpen(t *testing.T) {
	f := newFolder(t, "a.yaml", model, "b.yaml", model, "c.yaml", "mode: off\n"+model, "d.yaml", "mode: shadow\n"+model)
	f.off[flow.ID{Name: "b"}] = time.Now()
	f.off[flow.ID{Name: "gone"}] = time.Now() // its file was removed
	s := f.open()
	f.wantInForce(s, "a d")
	if diff := cmp.Diff([]string{"a", "b", "c", "d"}, s.Names()); diff != "" {
		t.Error(diff)
	}
	f.err = errors.New("disk I/O error")
	if _, err := Open(t.Context(), &config.Site{}, f.switches, hclog.NewNullLogger()); !errors.Is(err, f.err) {
		t.Errorf("open with a store that fails: %v", err)
	}
}

func TestOptions(t *testing.T) {
	options := Options(&config.Site{
		Executors: []config.Executor{
			{Plugin: "docker", Instance: "docker", Allow: []string{"privileged"}}, {Plugin: "docker", Instance: "gpu", Allow: []string{"ipc_mode"}},
		},
		Destinations: config.Destinations{{Name: "pacs"}},
	})
	if diff := cmp.Diff([]string{"docker", "gpu"}, options.Executors); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"pacs"}, options.Destinations); diff != "" {
		t.Error(diff)
	}
	for _, test := range []struct {
		executor, word string
		want           bool
	}{
		{"docker", "privileged", true},
		{"gpu", "privileged", false},
		{"", "privileged", true},
		{"", "ipc_mode", true},
		{"", "pid_mode", false},
		{"other", "privileged", false},
	} {
		if got := options.Allowed(test.executor, test.word); got != test.want {
			t.Errorf("a model on executor %q may use %s: %v, want %v", test.executor, test.word, got, test.want)
		}
	}
	// A site that names no executor takes what is here; one that names no
	// destination has none.
	if none := Options(&config.Site{}); none.Executors != nil || none.Destinations == nil {
		t.Errorf("executors %v and destinations %v", none.Executors, none.Destinations)
	}
}

// A change of a file is in force an interval later, and a broken one takes
// nothing out of force.
func TestRun(t *testing.T) {
	f := newFolder(t, "a.yaml", model)
	synctest.Test(t, func(t *testing.T) {
		s := f.open()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		next := func() {
			time.Sleep(Interval)
			synctest.Wait()
		}
		f.put("b.yaml", model)
		synctest.Wait()
		f.wantInForce(s, "a")
		next()
		f.wantInForce(s, "a b")
		f.put("b.yaml", "models: 1\n")
		next()
		f.wantInForce(s, "a b!")
		if err := os.Remove(filepath.Join(f.dir, "a.yaml")); err != nil {
			t.Fatal(err)
		}
		next()
		f.wantInForce(s, "b!")
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestAProblemIsLoggedOnce(t *testing.T) {
	f := newFolder(t, "a.yaml", "modles: []\n"+model)
	s := f.open()
	first := f.logged()
	if !strings.Contains(first, "a.yaml:1:1: ") || strings.Count(first, "\n") != 1 {
		t.Errorf("logged at first: %s", first)
	}
	s.reload()
	if again := f.logged(); again != "" {
		t.Errorf("logged again: %s", again)
	}
	f.put("b.yaml", "models: 1\n")
	s.reload()
	if other := f.logged(); !strings.Contains(other, "b.yaml:1:") {
		t.Errorf("logged with another problem: %s", other)
	}
	f.put("a.yaml", model)
	f.put("b.yaml", model)
	s.reload()
	if mended := f.logged(); strings.Contains(mended, "WARN") || strings.Count(mended, "flow taken up: flow=b ") != 1 {
		t.Errorf("logged when all is well: %s", mended)
	}
	f.put("a.yaml", "modles: []\n"+model)
	s.reload()
	if back := f.logged(); back != first {
		t.Errorf("logged when the problem was back: %s", back)
	}
}

func TestLocate(t *testing.T) {
	f := newFolder(t, "a.yaml", model, "b.yaml", "models:\n  - image: busybox\n    output_mounts: {masks: /o}\n  - image: alpine\n    input_mounts: {masks: /i}\n")
	s := f.open()
	f.wantInForce(s, "a b")
	digest := s.InForce()[1].Digest
	where := func(model int, path ...string) string {
		return strings.TrimPrefix(s.Locate(digest, model, path...).String(), f.dir+"/")
	}
	for _, test := range []struct{ got, want string }{
		{where(0, "image"), "b.yaml:2:12"},
		{where(1, "image"), "b.yaml:4:12"},
		{s.Locate("unknown", 0, "image").String(), ""},
	} {
		if test.got != test.want {
			t.Errorf("at %q, want %q", test.got, test.want)
		}
	}
	f.put("b.yaml", model+"# longer\ngpu: 1\npriority: 2\n")
	s.reload()
	f.put("b.yaml", "priority: 2\n"+model)
	s.reload()
	if got := where(0, "image"); got != "" {
		t.Errorf("of a file that says something else: at %q", got)
	}
}

// The rules in use are the site's and those of the flows in force, each once.
func TestRules(t *testing.T) {
	const model = "models: [{image: a}]\n"
	f := newFolder(t, "a.yaml", model, "b.yaml", "complete: {on: study}\n"+model, "c.yaml", "complete: {on: study, idle: 5m}\n"+model,
		"d.yaml", "mode: off\ncomplete: {on: series}\n"+model)
	study := flow.Complete{On: flow.OnStudy}.Rule()
	s := f.open()
	if diff := cmp.Diff([]flow.Rule{flow.ByAssociation, study}, s.Rules()); diff != "" || !s.Grouping() {
		t.Errorf("grouping %v, rules (-want +got):\n%s", s.Grouping(), diff)
	}
	for _, name := range []string{"b", "c"} {
		if _, err := s.Switch(t.Context(), name, false, run.Actor{}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]flow.Rule{flow.ByAssociation}, s.Rules()); diff != "" || s.Grouping() {
		t.Errorf("without them: grouping %v, rules (-want +got):\n%s", s.Grouping(), diff)
	}
}
