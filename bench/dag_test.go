package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// dag is the flow of six models: five in parallel, and one that joins what they
// wrote.
const dag = "../examples/flows/dag.yaml"

// BenchmarkDAG runs the six models on two CPU slots, and the same six
// containers with plain docker run, two at a time. With a hundred objects
// nothing may become slower.
func BenchmarkDAG(b *testing.B) {
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprintf("objects=%d", n), func(b *testing.B) { benchmarkDAG(b, n) })
	}
}

func benchmarkDAG(b *testing.B, n int) {
	needDocker(b)
	flow, err := os.ReadFile(dag)
	if err != nil {
		b.Fatal(err)
	}
	s := newSite(b, `executor "docker" { cpus = 2 }`, map[string]string{"dag": string(flow)})
	s.write(b, "static/AwesomeModel1/weights", "1")
	s.write(b, "static/AwesomeModel2/weights", "2")
	ours := side{what: fmt.Sprintf("the six-model flow on %d objects, release to done", n), unit: "s"}
	theirs := side{what: "the same containers by docker run, two at a time", unit: "s"}
	const rounds = 3
	for round := range rounds {
		files := objects(b, n)
		released := send(b, s.dicom, files)
		ours.seconds(s.finished(b, round+1).Sub(released))
		s.removed(b)
		theirs.seconds(plain(b, s, filepath.Dir(files[0])))
	}
	compare(b, ours, theirs, promise{most: 1.2})
	const sleep = 10
	remark(fmt.Sprintf("without the ten seconds that the last model sleeps: %.3g s and %.3g s, ratio %.3g",
		ours.value()-sleep, theirs.value()-sleep, (ours.value()-sleep)/(theirs.value()-sleep)))
}

// plain runs the flow's containers by hand, with the same mounts, commands and
// order.
func plain(b *testing.B, s *site, src string) time.Duration {
	b.Helper()
	out := b.TempDir()
	name := func(i int) string { return fmt.Sprintf("raddeploy-bench-%d-%d", os.Getpid(), i) }
	remove := func() {
		for i := range 6 {
			mustDocker(b, "rm", "--force", name(i))
		}
	}
	b.Cleanup(remove)
	settle()
	begun := time.Now()
	var slots errgroup.Group
	slots.SetLimit(2)
	for i := range 5 {
		slots.Go(func() error {
			_, err := docker("run", "--name", name(i), "-v", src+":/input", "-v", fmt.Sprintf("%s/%d:/output", out, i),
				image, "sh", "-c", fmt.Sprintf("touch /output/SEG_%d", i))
			return err
		})
	}
	if err := slots.Wait(); err != nil {
		b.Fatal(err)
	}
	static := filepath.Join(s.dir, "static")
	join := []string{"run", "--name", name(5), "-v", out + "/5:/output", "-v", static + "/AwesomeModel1:/model1:ro", "-v", static + "/AwesomeModel2:/model2:ro"}
	for i := range 5 {
		join = append(join, "-v", fmt.Sprintf("%s/%d:/input%d", out, i, i))
	}
	listing := mustDocker(b, append(join, image, "sh", "-c", "cp /input*/* /output/; ls -la /output; sleep 10")...)
	took := time.Since(begun)
	if strings.Count(listing, "SEG_") != 5 {
		b.Fatalf("the plain containers did not join five results:\n%s", listing)
	}
	remove()
	return took
}
