package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
	"github.com/raddeploy/raddeploy/sdk/fake"
)

const (
	longest = 10000 // runs that wait in the longest queue
	atOnce  = 4     // tasks that run while others wait
)

// BenchmarkQueue starts tasks while 100, 1,000 and 10,000 further runs wait: a
// decision must cost the same however many there are. The three sites take
// turns, and the queue of each is filled up before its turn.
func BenchmarkQueue(b *testing.B) {
	const (
		rounds  = 5
		warm    = 50 // tasks that end before a turn is measured
		counted = 200
	)
	plugin := fakePlugin(b)
	sizes := []int{100, 1000, longest}
	sites := make([]*site, len(sizes))
	took, worked := make([]side, len(sizes)), make([]side, len(sizes))
	for i, size := range sizes {
		sites[i] = queueSite(b, plugin, inMemory(b), "{}")
		took[i] = side{what: fmt.Sprintf("a task while %d runs wait, %d at once", size, atOnce), unit: "ms"}
		worked[i] = side{what: fmt.Sprintf("processor time a task in the agent while %d runs wait", size), unit: "ms"}
	}
	ready := side{what: fmt.Sprintf("start of an agent with %d open runs, to ready", longest), unit: "s"}
	first := side{what: "the same, to the end of its first run", unit: "s"}
	for round := range rounds {
		for k := range sizes {
			i := (k + round) % len(sizes)
			s := sites[i]
			s.queue(b, sizes[i]+warm+counted)
			settle()
			begun := time.Now()
			s.start(b)
			ended := s.ended(b, 1)
			if sizes[i] == longest {
				ready.seconds(s.ready)
				first.seconds(ended.Sub(begun))
			}
			from := s.ended(b, warm-1)
			before, _ := s.worked(b)
			to := s.ended(b, counted)
			after, _ := s.worked(b)
			s.stop()
			took[i].milliseconds(to.Sub(from) / counted)
			worked[i].milliseconds((after - before) / counted)
		}
	}
	for i := 1; i < len(sizes); i++ {
		compare(b, took[i], took[0], promise{most: 1.3})
	}
	for _, w := range worked {
		remark(w.String())
	}
	limit(b, ready, promise{most: 3})
	remark(first.String())
}

// BenchmarkQueueMemory compares the memory of an agent for which 10,000 runs
// wait behind tasks that do not end, with that of one which has only these.
func BenchmarkQueueMemory(b *testing.B) {
	plugin := fakePlugin(b)
	used := func(waiting int) float64 {
		dir := inMemory(b)
		s := queueSite(b, plugin, dir, "{hold: true}")
		s.queue(b, waiting+atOnce)
		s.start(b)
		defer s.stop()
		s.until(b, "the first tasks to run", func() bool {
			running, err := fake.Backend{Dir: dir}.Attempts()
			return err == nil && len(running) == atOnce
		})
		time.Sleep(5 * time.Second) // for what is recorded of the others
		return resident(b, s.pid, "VmRSS")
	}
	none, all := used(0), used(longest)
	each := side{what: "memory of a waiting run", unit: "KiB"}
	each.add((all - none) / longest / 1024)
	limit(b, each, promise{most: 4})
	remark(fmt.Sprintf("the agent has %.4g MB with %d waiting runs, %.4g MB with none", all/1e6, longest, none/1e6))
}

// queueSite makes a site of some flows of one model, whose options are those of
// the scripted executor.
func queueSite(b *testing.B, plugin, dir, options string) *site {
	b.Helper()
	flows := make(map[string]string)
	for i := range 8 {
		flows[fmt.Sprintf("flow%d", i)] = fmt.Sprintf("triggers: [{Modality: CT}]\nmodels: [{image: any, options: %s}]\n", options)
	}
	return makeSite(b, lastingDir(b), fmt.Sprintf("executor \"fake\" {\n path = %q\n cpus = %d\n config { dir = %q }\n}", plugin, atOnce, dir), flows)
}

// queue fills the site's database up to n pending runs, while no agent runs:
// each arrival has triggered all flows.
func (s *site) queue(b *testing.B, n int) {
	b.Helper()
	data := filepath.Join(s.dir, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		b.Fatal(err)
	}
	db, err := state.Open(b.Context(), filepath.Join(data, "state.db"))
	if err != nil {
		b.Fatal(err)
	}
	open, err := db.OpenRuns(b.Context(), 0, 2*longest)
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range open {
		if r.State == run.Pending {
			n--
		}
	}
	flows := s.flows(b)
	var arrivals errgroup.Group
	arrivals.SetLimit(64) // what is written at the same time shares a commit
	for ; n > 0; n -= len(flows) {
		triggered := flows[:min(n, len(flows))]
		arrivals.Go(func() error { return s.arrive(b, db, triggered) })
	}
	if err := arrivals.Wait(); err != nil {
		b.Fatal(err)
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
}

// flows reads the site's flows as the agent does.
func (s *site) flows(b *testing.B) []*flowfile.Loaded {
	b.Helper()
	catalog := flowfile.NewCatalog([]string{filepath.Join(s.dir, "flows")}, flowfile.Options{})
	flows := catalog.Reload().Flows
	if len(flows) == 0 {
		b.Fatal("the site has no flows")
	}
	return flows
}

// arrive writes what an arrival of one object leaves when it has triggered flows.
func (s *site) arrive(b *testing.B, db *state.DB, flows []*flowfile.Loaded) error {
	ctx, now := b.Context(), time.Now()
	arrival := run.Arrival{ID: run.NewArrivalID(), Opened: now, Sender: run.Sender{CallingAE: "SCANNER", CalledAE: "RADDEPLOY", Address: "127.0.0.1"}}
	object := run.Object{File: string(arrival.ID) + "/000001.dcm", Modality: "CT", Received: now}
	path := filepath.Join(s.dir, "data", "objects", object.File)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.Link(series[0], path); err != nil {
		return err
	}
	if err := db.OpenArrival(ctx, arrival); err != nil {
		return err
	}
	complete := func(run.Content, func() (run.Tries, error)) (run.Closing, error) {
		return run.Closing{State: run.ArrivalComplete}, nil
	}
	if err := db.CloseArrival(ctx, arrival.ID, now, []run.Object{object}, nil, complete); err != nil {
		return err
	}
	objects, err := db.Objects(ctx, arrival.ID)
	if err != nil {
		return err
	}
	var runs []run.Run
	var tasks [][]string
	for _, f := range flows {
		runs = append(runs, run.Run{
			ID: run.NewID(), Flow: f.Flow.Name, Version: f.Flow.Version, Digest: f.Digest, Definition: f.Encoded,
			Objects: []int64{objects[0].ID}, Created: now,
		})
		tasks = append(tasks, []string{f.Flow.Models[0].Name})
	}
	return db.SetMatched(ctx, run.Matching{
		Arrival: arrival.ID, State: run.ArrivalMatched, Explanation: []byte("[]"), Runs: runs, Tasks: tasks,
	})
}
