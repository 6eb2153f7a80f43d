package bench

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
)

// noopFlow is a flow of one container that does nothing, with all kinds of
// mounts that a model has, and limits.
const noopFlow = `
triggers:
  - Modality: CT
models:
  - image: ` + image + `
    command: "true"
    mem_limit: 128m
    pull_before_exec: false
`

// BenchmarkOverhead takes a task that does nothing from ready to collected, and
// has the runtime create, start, await and remove the same container through
// its own API: same image, command, mounts, limits and log. Both take turns.
func BenchmarkOverhead(b *testing.B) {
	b.Run("docker", func(b *testing.B) {
		needDocker(b)
		benchmarkOverhead(b, `executor "docker" { cpus = 2 }`, &engine{socket: "/var/run/docker.sock"})
	})
	b.Run("containerd", func(b *testing.B) {
		runtime := dialContainerd(b)
		benchmarkOverhead(b, fmt.Sprintf("executor \"containerd\" {\n cpus = 2\n config { endpoint = \"unix://%s\" }\n}", containerdSocket), runtime)
	})
}

// bareRuntime is a container runtime without RadDeploy.
type bareRuntime interface {
	// learn remembers what a container is made of that has the label,
	// name=value. False: none was there at this moment.
	learn(ctx context.Context, label string) bool
	// live makes the same container under another name, runs it to its end and
	// removes it.
	live(b *testing.B)
	// rest waits until nothing is left of the site's containers.
	rest(b *testing.B, s *site)
}

func benchmarkOverhead(b *testing.B, settings string, runtime bareRuntime) {
	s := newSite(b, settings, map[string]string{"noop": noopFlow})
	label := strings.TrimPrefix(s.label(b), "label=")
	learnt := make(chan bool, 1)
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				learnt <- false
				return
			default:
				if runtime.learn(b.Context(), label) {
					learnt <- true
					return
				}
			}
		}
	}()
	for range 3 { // programs and images are read from the disk
		s.noop(b)
		runtime.rest(b, s)
	}
	close(stop)
	if !<-learnt {
		b.Fatal("no container of the site was seen")
	}
	runtime.live(b)

	ours := side{what: "a task that does nothing, from ready to collected", unit: "ms"}
	theirs := side{what: "the same container by the runtime's API alone", unit: "ms"}
	const rounds = 15
	for range rounds {
		ours.milliseconds(s.noop(b))
		runtime.rest(b, s)
		begun := time.Now()
		runtime.live(b)
		theirs.milliseconds(time.Since(begun))
	}
	compare(b, ours, theirs, promise{most: 1.15})
}

// noop sends an object and returns how long its run takes from its creation to
// its end.
func (s *site) noop(b *testing.B) time.Duration {
	b.Helper()
	send(b, s.dicom, objects(b, 1))
	ended := s.ended(b, 1)
	runs, err := s.Runs(b.Context(), api.RunQuery{})
	if err != nil {
		b.Fatal(err)
	}
	return ended.Sub(runs.Items[0].Created)
}
