package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/fake"
)

// TestEachBrokenPromiseTurnsItsCasesRed breaks one promise after the other, and
// holds that the suite says so by exactly the cases that it names.
func TestEachBrokenPromiseTurnsItsCasesRed(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the suite once for each promise")
	}
	t.Parallel()
	type outcome struct {
		name string
		red  map[string]Result
	}
	outcomes := make([]outcome, 0, len(reds)+1)
	var mu sync.Mutex
	var working sync.WaitGroup
	seats := make(chan struct{}, 18)
	others := slices.DeleteFunc(fake.Breaks(), func(name string) bool { return slices.Contains(waited, name) })
	for _, name := range slices.Concat(waited, []string{""}, others) { // what takes long first
		if only := os.Getenv("CONFORMANCE_BREAK"); only != "" && name != only {
			continue
		}
		seats <- struct{}{}
		working.Go(func() {
			defer func() { <-seats }()
			red := map[string]Result{}
			err := brokenSuite(t, name).Check(t.Context(), func(r Result) {
				if r.State == Failed || name == "" && r.State != Passed {
					red[r.Name] = r
				}
			})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			outcomes = append(outcomes, outcome{name, red})
		})
	}
	working.Wait()
	turned := map[string]bool{}
	for _, o := range outcomes {
		for name, result := range o.red {
			turned[name] = true
			if !slices.Contains(reds[o.name], name) {
				t.Errorf("%q turns another case red:\n%s", o.name, result)
			}
		}
		for _, name := range reds[o.name] {
			if _, ok := o.red[name]; !ok {
				t.Errorf("%q does not turn %q red", o.name, name)
			}
		}
		if len(o.red) == 0 && o.name != "" {
			t.Errorf("%q is noticed by no case", o.name)
		}
	}
	for _, c := range Cases() {
		if !turned[c.Name] && os.Getenv("CONFORMANCE_BREAK") == "" {
			t.Errorf("nothing turns %q red", c.Name)
		}
	}
}

// brokenSuite is the suite on a fake in this process, which breaks a promise.
func brokenSuite(t *testing.T, broken string) Suite {
	patience := time.Minute
	if slices.Contains(waited, broken) {
		patience = 15 * time.Second
	}
	crowd := (&crowding{}).ask
	if slices.Contains(late, broken) {
		crowd = func() float64 { return 1 }
	}
	dir := inMemory(t)
	config := fmt.Sprintf(`{"dir": %q, "gpus": ["GPU-a", "GPU-b"], "poll": "150ms"`, dir)
	return Suite{
		Config: []byte(config + "}"), Absent: []byte(config + `, "absent": true}`), Image: "fake", Dir: inMemory(t),
		Patience: patience, Parallel: 20,
		Express: func(task *sdk.Task, work Work) {
			options, err := json.Marshal(map[string]any{"steps": work})
			if err != nil {
				panic(err) // steps are plain data
			}
			task.Options = options
		},
		Stall:   func(context.Context) (func() error, error) { return fake.Backend{Dir: dir}.Stall() },
		instead: func() plugin { return fake.Launch(broken) },
		crowd:   func() float64 { return min(3, crowd()) }, // or it lasts for hours
	}
}

// inMemory makes a folder that needs no disk, where there is such a thing: so
// many suites make very many files.
func inMemory(t *testing.T) string {
	folder, err := os.MkdirTemp("/dev/shm", "raddeploy-conformance-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	return folder
}

// late are the broken promises of a fake that is too late by the wall.
var late = []string{"describe is slow", "fingerprint is late", "start waits for the end", "start waits for the image"}

// waited are the broken promises that are noticed only because something does
// not happen in time.
var waited = []string{
	"logs come at the end", "logs wait for the end", "stop waits for the end", "a second stop is nothing", "a second stop prolongs", "the agent is outlived", "watch tells each state once",
	"deadline is not kept", "deadline is lost by recover", "what was recovered cannot be stopped",
}
