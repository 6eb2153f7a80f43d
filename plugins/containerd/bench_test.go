package containerd

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/containerd/containerd/v2/client"
	"github.com/containerd/containerd/v2/pkg/cio"
	"github.com/containerd/containerd/v2/pkg/namespaces"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/raddeploy/raddeploy/plugins/internal/lifetest"
	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
)

// BenchmarkAttempt measures a container's whole life here, from Start to its
// removal, against the same container by containerd's own client, in turns. It
// prints both and their ratio.
func BenchmarkAttempt(b *testing.B) {
	s := containerd.Site(b, "")
	in := s.Folder("in", "a", "x")
	way, err := client.New(socket())
	if err != nil {
		b.Fatal(err)
	}
	defer way.Close()
	ctx := namespaces.WithNamespace(context.Background(), "raddeploy")
	image, err := way.GetImage(ctx, "docker.io/library/"+sitetest.Busybox)
	if err != nil {
		b.Fatal(err)
	}
	var ours, theirs, starts []time.Duration
	for i := range b.N {
		out := s.Folder(fmt.Sprint("out", i))
		task := s.Task("cp /input/a /output/a", sdk.Mount{Role: sdk.Input, Name: "src", Source: in, Target: "/input"},
			sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
		name := "bench-" + string(task.Attempt)
		spec, log := sameSpec(b, s, task, name), s.Folder("log-"+name)+"/log"
		begun := time.Now()
		s.Start(task)
		starts = append(starts, time.Since(begun))
		if got := s.Watch(task.Attempt); !got.Succeeded() {
			b.Fatalf("%+v", got.Exit)
		}
		if err := s.Executor.Remove(context.Background(), task.Attempt); err != nil {
			b.Fatal(err)
		}
		ours = append(ours, time.Since(begun))
		begun = time.Now()
		if err := byHand(ctx, way, image, name, spec, log); err != nil {
			b.Fatal(err)
		}
		theirs = append(theirs, time.Since(begun))
	}
	b.ReportMetric(float64(median(starts).Milliseconds()), "ms-to-made")
	b.ReportMetric(float64(median(ours).Milliseconds()), "ms-executor")
	b.ReportMetric(float64(median(theirs).Milliseconds()), "ms-containerd-client")
	b.ReportMetric(float64(median(ours))/float64(median(theirs)), "ratio")
}

// sameSpec is the specification of a task's container, under another name and
// with an upper layer of its own.
func sameSpec(b *testing.B, s *lifetest.Site, task *sdk.Task, name string) *specs.Spec {
	b.Helper()
	other := *task
	other.Attempt, other.WorkDir = sdk.AttemptID(name), s.Folder("work-"+name)
	c := s.Make(&other)
	spec, err := own(s).api.Spec(b.Context(), c.Name)
	if err != nil {
		b.Fatal(err)
	}
	s.Relaunch() // an executor that does not know it, and starts others
	spec.Linux.CgroupsPath += "-by-hand"
	return spec
}

// byHand runs a container of the same specification as containerd's
// documentation does.
func byHand(ctx context.Context, way *client.Client, image client.Image, name string, spec *specs.Spec, log string) error {
	container, err := way.NewContainer(ctx, name, client.WithImage(image), client.WithNewSnapshot(name, image), client.WithSpec(spec))
	if err != nil {
		return err
	}
	task, err := container.NewTask(ctx, cio.LogFile(log))
	if err != nil {
		return err
	}
	ended, err := task.Wait(ctx)
	if err != nil {
		return err
	}
	if err := task.Start(ctx); err != nil {
		return err
	}
	<-ended
	if _, err := task.Delete(ctx); err != nil {
		return err
	}
	return container.Delete(ctx, client.WithSnapshotCleanup)
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
