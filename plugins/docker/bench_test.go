package docker

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/plugins/internal/sitetest"
	"github.com/raddeploy/raddeploy/sdk"
)

// BenchmarkAttempt measures a container's whole life here, from Start to its
// end, against the same by docker's own command with plain bind mounts, in
// turns. It prints both and their ratio.
func BenchmarkAttempt(b *testing.B) {
	s := docker.Site(b, "")
	in := s.Folder("in", "a", "x")
	var ours, theirs, starts []time.Duration
	for i := range b.N {
		out := s.Folder(fmt.Sprint("out", i))
		task := s.Task("cp /input/a /output/a", sdk.Mount{Role: sdk.Input, Name: "src", Source: in, Target: "/input"},
			sdk.Mount{Role: sdk.Output, Name: "dst", Source: out, Target: "/output"})
		begun := time.Now()
		s.Start(task)
		starts = append(starts, time.Since(begun))
		if got := s.Watch(task.Attempt); !got.Succeeded() {
			b.Fatalf("%+v", got.Exit)
		}
		ours = append(ours, time.Since(begun))
		if err := s.Executor.Remove(context.Background(), task.Attempt); err != nil {
			b.Fatal(err)
		}
		name := "bench-" + string(task.Attempt)
		begun = time.Now()
		command := exec.Command("docker", "run", "--name", name, "--network", "none", "-v", in+":/input", "-v", out+":/output", sitetest.Busybox, "sh", "-c", "cp /input/a /output/a")
		if said, err := command.CombinedOutput(); err != nil {
			b.Fatal(err, string(said))
		}
		theirs = append(theirs, time.Since(begun))
		if err := exec.Command("docker", "rm", name).Run(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(median(starts).Milliseconds()), "ms-to-created")
	b.ReportMetric(float64(median(ours).Milliseconds()), "ms-executor")
	b.ReportMetric(float64(median(theirs).Milliseconds()), "ms-docker-run")
	b.ReportMetric(float64(median(ours))/float64(median(theirs)), "ratio")
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
