package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/api"
)

// BenchmarkPages opens pages of an agent with 100,000 runs, and then has 50 browsers
// look at Now and Arrivals.
func BenchmarkPages(b *testing.B) {
	const browsers, measured = 50, 20 * time.Second
	s := makeSite(b, lastingDir(b), "", nil)
	s.remember(b)
	s.start(b)
	settle()
	newest, err := s.Runs(b.Context(), api.RunQuery{Paging: api.Paging{Limit: 1}})
	if err != nil {
		b.Fatal(err)
	}
	largest, slowest := side{what: "largest first render", unit: "kB"}, side{what: "99th percentile of a first render, of the slowest page", unit: "ms"}
	size, slow := 0, time.Duration(0)
	for _, path := range []string{"/ui/", "/ui/runs", "/ui/runs?state=failed&flow=flow2", "/ui/runs/" + string(newest.Items[0].ID), "/ui/arrivals", "/ui/flows", "/ui/network"} {
		bytes := 0
		took := s.asks(b, func() (err error) {
			bytes, err = s.page(b.Context(), path)
			return err
		})
		remark(fmt.Sprintf("%s: %d bytes, median %v, 99th percentile %v", path, bytes, percentile(took, 50), percentile(took, 99)))
		size, slow = max(size, bytes), max(slow, percentile(took, 99))
	}
	largest.add(float64(size) / 1000)
	limit(b, largest, promise{most: 100})
	slowest.milliseconds(slow)
	limit(b, slowest, promise{most: 200})

	stop := s.watch(b, browsers)
	time.Sleep(measured / 4) // until each has the whole page
	memoryBefore := resident(b, s.pid, "VmRSS")
	before, _ := s.worked(b)
	begun := time.Now()
	time.Sleep(measured)
	after, _ := s.worked(b)
	share := side{what: fmt.Sprintf("processor time of an agent with %d browsers on Now and Arrivals", browsers), unit: "percent-of-a-core"}
	share.add(100 * (after - before).Seconds() / time.Since(begun).Seconds())
	limit(b, share, promise{most: 5})
	memoryAfter := resident(b, s.pid, "VmRSS")
	growth := side{what: fmt.Sprintf("resident memory that it has more after %v of that", measured), unit: "MB"}
	growth.add(max(0, memoryAfter-memoryBefore) / 1e6)
	limit(b, growth, promise{most: 4}) // what the garbage collector leaves between two of its rounds
	remark(fmt.Sprintf("resident memory before and after: %.1f and %.1f MB", memoryBefore/1e6, memoryAfter/1e6))
	stop()
}

// BenchmarkReceiveWithPages has storescu send to an agent on whose pages nobody
// looks, and 50 browsers, in turns.
func BenchmarkReceiveWithPages(b *testing.B) {
	const browsers, n = 50, study / 8
	files := objects(b, study)
	s := newSite(b, "", nil)
	ours := side{what: fmt.Sprintf("%d objects into the agent with %d browsers on Now and Arrivals, by %d", study/2, browsers, n), unit: "objects/s"}
	theirs := side{what: "the same number with no browser", unit: "objects/s"}
	for i, part := range slices.Collect(slices.Chunk(files, n)) {
		to := &theirs
		stop := func() {}
		if i%2 == 0 {
			to, stop = &ours, s.watch(b, browsers)
		}
		to.add(storescu(b, noDelay, s.dicom, part))
		s.received(b, n)
		stop()
	}
	compare(b, ours, theirs, promise{least: 0.95})
}

// watch has browsers look at pages that change by themselves, half of them at Now and
// half at Arrivals, until the function that it returns is called.
func (s *site) watch(b *testing.B, browsers int) (stop func()) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	var watching errgroup.Group
	for i := range browsers {
		watching.Go(func() error {
			_, err := s.page(ctx, "/ui/live?page="+[]string{"/ui/", "/ui/arrivals"}[i%2])
			if ctx.Err() != nil {
				return nil
			}
			return err
		})
	}
	settle()
	return func() {
		b.Helper()
		cancel()
		if err := watching.Wait(); err != nil {
			b.Errorf("a stream ended: %v", err)
		}
	}
}

// page reads a page to its end and returns how many bytes it has.
func (s *site) page(ctx context.Context, path string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Address+path, nil)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %s", path, response.Status)
	}
	n, err := io.Copy(io.Discard, response.Body)
	return int(n), err
}
