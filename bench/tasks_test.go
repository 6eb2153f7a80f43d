package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/execute"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/fake"
	"github.com/raddeploy/raddeploy/sdk/host"
)

const (
	noops = 200 // tasks that do nothing
	slots = 50  // how many at once
)

// BenchmarkTasks takes tasks that do nothing through the whole core, with its
// state on the disk and synced: once as the models of one run, once as runs of
// a flow each. The executor is the scripted one, in a process of its own; what
// it can do by itself stands beside it.
func BenchmarkTasks(b *testing.B) {
	// its output is called dst
	const flow = "triggers: [{Modality: CT}]\nmodels:\n  - {image: any}\n"
	one, many := flow, map[string]string{"flow0": flow}
	for i := 1; i < noops; i++ {
		one += fmt.Sprintf("  - {image: any, output_mounts: {dst%d: /output}}\n", i)
		many[fmt.Sprintf("flow%d", i)] = flow
	}
	b.Run("runs=1", func(b *testing.B) { benchmarkTasks(b, map[string]string{"flow": one}, promise{least: 0.8}) })
	b.Run(fmt.Sprintf("runs=%d", noops), func(b *testing.B) { benchmarkTasks(b, many, promise{least: 0.7}) })
}

// benchmarkTasks promises a share of what the executor can do by itself.
func benchmarkTasks(b *testing.B, flows map[string]string, share promise) {
	plugin := fakePlugin(b)
	s := makeSite(b, lastingDir(b), fmt.Sprintf("executor \"fake\" {\n path = %q\n cpus = %d\n config { dir = %q }\n}", plugin, slots, inMemory(b)), flows)
	s.start(b)
	if status, err := s.Status(b.Context()); err != nil || len(status.Flows) != len(flows) {
		b.Fatalf("the agent has not %d flows but %+v (%v)", len(flows), status, err)
	}
	ours := side{what: fmt.Sprintf("%d tasks of %d runs through the agent, %d at once, from the runs' creation to their end", noops, len(flows), slots), unit: "tasks/s"}
	bare := side{what: "the same calls to the same executor without an agent", unit: "tasks/s"}
	const rounds = 15 // each takes a third of a second
	agent, executors := s.worked(b)
	for round := range rounds + 1 {
		settle()
		send(b, s.dicom, objects(b, 1))
		ended := s.ended(b, len(flows))
		arrivals, err := s.Arrivals(b.Context(), api.ArrivalQuery{})
		if err != nil {
			b.Fatal(err)
		}
		arrival, err := s.Arrival(b.Context(), string(arrivals.Items[0].ID))
		if err != nil {
			b.Fatal(err)
		}
		if round == 0 {
			continue // programs are read from the disk
		}
		ours.add(noops / ended.Sub(arrival.Runs[0].Created).Seconds())
		bare.add(noops / withoutAgent(b, s, plugin).Seconds())
	}
	compare(b, ours, bare, share)
	now, nowExecutors := s.worked(b)
	each := func(worked time.Duration) float64 { return worked.Seconds() * 1e3 / (noops * (rounds + 1)) }
	worked := side{what: "processor time a task in the agent", unit: "ms", rounds: []float64{each(now - agent)}}
	limit(b, worked, promise{most: 1.2})
	remark(fmt.Sprintf("processor time a task in the executor: %.3g ms", each(nowExecutors-executors)))
}

// fakePlugin builds the scripted executor and returns its program's path.
func fakePlugin(b *testing.B) string {
	b.Helper()
	plugin, err := fake.Build(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	return plugin
}

// inMemory makes a folder for what the scripted executor keeps: its disk is not
// what is measured.
func inMemory(b *testing.B) string {
	b.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "raddeploy-bench-")
	if err != nil {
		return b.TempDir() // a system without
	}
	b.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			b.Error(err)
		}
	})
	return dir
}

// withoutAgent makes the calls of as many attempts as there are tasks, with
// what the agent tells the executor of its site and of each task.
func withoutAgent(b *testing.B, s *site, plugin string) time.Duration {
	b.Helper()
	root := lastingDir(b)
	for _, mount := range []string{"config", "src", "dst"} {
		if err := os.Mkdir(filepath.Join(root, mount), 0o755); err != nil {
			b.Fatal(err)
		}
	}
	model, err := execute.Draft(s.flows(b)[0].Flow, 0, root, nil, []byte("{}"))
	if err != nil {
		b.Fatal(err)
	}
	ctx := b.Context()
	client, err := host.Launch(ctx, host.Options{Path: plugin})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	dir := inMemory(b)
	if err := client.Configure(ctx, sdk.Site{Name: "bench", Instance: "fake", Roots: []string{root}}, fmt.Appendf(nil, `{"dir": %q}`, dir)); err != nil {
		b.Fatal(err)
	}
	settle()
	begun := time.Now()
	var attempts errgroup.Group
	attempts.SetLimit(slots)
	for i := range noops {
		attempts.Go(func() error {
			task := *model
			task.Attempt = sdk.AttemptID(run.AttemptOf(run.NewID(), i, 1))
			return live(ctx, client, &task)
		})
	}
	if err := attempts.Wait(); err != nil {
		b.Fatal(err)
	}
	took := time.Since(begun)
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		b.Fatalf("the executor still holds %d attempts: %v", len(left), err)
	}
	return took
}

// live is the life of one attempt as the agent leads it.
func live(ctx context.Context, client *host.Client, task *sdk.Task) error {
	if _, err := client.ValidateTask(ctx, task); err != nil {
		return err
	}
	if _, err := client.Start(ctx, task); err != nil {
		return err
	}
	logs := func(stream sdk.Stream) func() error {
		return func() error {
			request := sdk.LogRequest{Stream: stream, Follow: true}
			return client.Logs(ctx, task.Attempt, request, func(sdk.LogChunk) error { return nil })
		}
	}
	var streams errgroup.Group
	streams.Go(func() error { return client.Watch(ctx, task.Attempt, func(sdk.Event) error { return nil }) })
	streams.Go(logs(sdk.Stdout))
	streams.Go(logs(sdk.Stderr))
	if err := streams.Wait(); err != nil {
		return err
	}
	return client.Remove(ctx, task.Attempt)
}
