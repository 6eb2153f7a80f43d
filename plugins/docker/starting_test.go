package docker

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
)

// halfStarted is an engine with one container. The answer to the first call that
// starts it is lost, and what the engine wrote down of that, too.
type halfStarted struct {
	mu       sync.Mutex
	labels   string
	forgets  bool // it was killed meanwhile, and knows no events of before
	starts   int
	finished string
}

func (f *halfStarted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Api-Version", "1.45")
	answer := func(format string, values ...any) { _, _ = fmt.Fprintf(w, format, values...) }
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/_ping"):
	case strings.HasSuffix(path, "/info"):
		answer(`{"SystemTime": "2020-01-01T00:00:02.5Z"}`)
	case strings.HasSuffix(path, "/containers/create"):
		f.labels = `{"raddeploy.site": "s", "raddeploy.instance": "i", "raddeploy.attempt": "a"}`
		w.WriteHeader(http.StatusCreated)
		answer(`{"Id": "c1"}`)
	case strings.HasSuffix(path, "/start"):
		if f.starts++; f.starts == 1 {
			panic(http.ErrAbortHandler)
		}
		f.finished = "2020-01-01T00:00:02Z"
		w.WriteHeader(http.StatusNoContent)
	case strings.HasSuffix(path, "/wait"):
		answer(`{"StatusCode": 0}`)
	case strings.HasSuffix(path, "/events"):
		if strings.Contains(r.URL.RawQuery, "create") && !f.forgets {
			answer(`{"Type": "container", "Action": "create"}`)
		}
	case strings.HasSuffix(path, "/json") && f.labels != "" && f.finished == "":
		answer(`{"Id": "c1", "State": {"Status": "created"}, "Config": {"Labels": %s}}`, f.labels)
	case strings.HasSuffix(path, "/json") && f.labels != "":
		answer(`{"Id": "c1", "State": {"Status": "exited", "StartedAt": "2020-01-01T00:00:01Z", "FinishedAt": %q}, "Config": {"Labels": %s}}`, f.finished, f.labels)
	default:
		w.WriteHeader(http.StatusNotFound)
		answer(`{"message": "no such container"}`)
	}
}

// A container whose start was not answered is started again if the engine has gone
// on, and never if it was restarted: its process may have run.
func TestStartThatWasNotAnswered(t *testing.T) {
	t.Parallel()
	for forgets, want := range map[bool]struct {
		starts int
		reason sdk.Reason
	}{false: {2, sdk.Exited}, true: {1, sdk.NodeLost}} {
		fake := &halfStarted{forgets: forgets}
		server := httptest.NewServer(fake)
		defer server.Close()
		c := &Config{}
		if found := sdk.Decode([]byte(`{}`), c); len(found) > 0 {
			t.Fatal(found)
		}
		c.Endpoint = "tcp://" + server.Listener.Addr().String()
		e, root := New(c), t.TempDir()
		defer e.Close()
		if err := e.Configure(t.Context(), sdk.Site{Name: "s", Instance: "i", WorkDir: filepath.Join(root, "w"), Roots: []string{root}}); err != nil {
			t.Fatal(err)
		}
		task := &sdk.Task{Attempt: "a", Container: sdk.Container{Image: "x"}}
		task.Container.Pull = sdk.PullMissing
		if _, err := e.Start(t.Context(), task); err != nil {
			t.Fatal(err)
		}
		var exit *sdk.Exit
		for exit == nil {
			_ = e.Watch(t.Context(), task.Attempt, func(e sdk.Event) error { exit = e.Exit; return nil })
		}
		if fake.starts != want.starts || exit.Reason != want.reason {
			t.Errorf("forgets %v: %d starts, %+v", forgets, fake.starts, exit)
		}
	}
}

// What runs in one container can be ended without the engine, and nothing else.
func TestProcessesOfOneContainer(t *testing.T) {
	t.Parallel()
	s := docker.Site(t, "")
	one, other := s.Task("echo up; sleep 600 & wait"), s.Task("echo up; sleep 600")
	for _, task := range []*sdk.Task{one, other} {
		s.Start(task)
		s.Says(task.Attempt, "up\n")
	}
	endProcesses(s.Find(one.Attempt).ID)
	if got := s.Watch(one.Attempt); got.Signal != 9 {
		t.Errorf("%+v", got.Exit)
	}
	if c := s.Find(other.Attempt); c.State != engine.Running {
		t.Errorf("the other one: %+v", c)
	}
}
