package bench

import (
	"fmt"
	"slices"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/run"
)

// crawl is how many objects are enough where some twenty come in a second.
const crawl = 100

// BenchmarkReceiveAsShipped has storescu send with its default environment: Nagle's algorithm then waits for acknowledgements that receivers delay.
func BenchmarkReceiveAsShipped(b *testing.B) {
	files := objects(b, study)
	s, peer := newSite(b, "", nil), startStorescp(b, nil)
	ours := side{what: fmt.Sprintf("%d objects into the agent", study), unit: "objects/s"}
	theirs := side{what: fmt.Sprintf("%d of them into storescp", crawl), unit: "objects/s"}
	for range b.N {
		ours.add(storescu(b, nil, s.dicom, files))
		s.received(b, study)
		theirs.add(storescu(b, nil, peer.address, files[:crawl]))
	}
	compare(b, ours, theirs, promise{least: 20})
}

// BenchmarkReceiveNoDelay has storescu send without Nagle's algorithm, in turns to the agent and to storescp. storescp, which syncs nothing, answers in
// two writes and so crawls as it is shipped; that is what is promised against. It is quick without Nagle's algorithm on its side too: how
// near we come to that is shown beside it. Nothing is removed meanwhile, because disks are busy with that for a while.
func BenchmarkReceiveNoDelay(b *testing.B) {
	files := objects(b, study)
	s := newSite(b, "", nil)
	shipped, quick := startStorescp(b, nil), startStorescp(b, noDelay)
	const n = study / 8
	ours := side{what: fmt.Sprintf("%d objects into the agent, durable, by %d", study, n), unit: "objects/s"}
	fair := side{what: "the same into storescp with TCP_NODELAY=1, not durable", unit: "objects/s"}
	crawling := side{what: fmt.Sprintf("%d of them into storescp as shipped", crawl), unit: "objects/s"}
	for part := range slices.Chunk(files, n) {
		ours.add(storescu(b, noDelay, s.dicom, part))
		s.received(b, n)
		fair.add(storescu(b, noDelay, quick.address, part))
	}
	crawling.add(storescu(b, noDelay, shipped.address, files[:crawl]))
	compare(b, ours, crawling, promise{least: 0.9})
	remark(b, fmt.Sprintf("%s: we reach %.2f of that", fair, ours.value()/fair.value()))
}

// BenchmarkReceiveMemory has four senders send at once.
func BenchmarkReceiveMemory(b *testing.B) {
	files := objects(b, study)
	s := newSite(b, "", nil)
	const associations = 4
	rates := side{what: fmt.Sprintf("each of %d associations", associations), unit: "objects/s", rounds: make([]float64, associations)}
	var senders errgroup.Group
	for i := range associations {
		command := storescuCommand(b, noDelay, s.dicom, files)
		senders.Go(func() (err error) {
			rates.rounds[i], err = rate(command, study)
			return err
		})
	}
	if err := senders.Wait(); err != nil {
		b.Fatal(err)
	}
	peak := side{what: fmt.Sprintf("peak resident memory of the agent with %d x %d objects at once", associations, study), unit: "MB"}
	peak.add(memory(b, s.pid))
	limit(b, peak, promise{most: 96})
	remark(b, rates.String())
}

// received waits until the newest arrival, of n objects, is matched, so that nothing of it is left to do.
func (s *site) received(b *testing.B, n int) {
	b.Helper()
	s.until(b, "the arrival to be matched", func() bool {
		arrivals, err := s.Arrivals(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if len(arrivals) == 0 || arrivals[0].Objects > n {
			b.Fatalf("there are not %d objects: %+v", n, arrivals)
		}
		return arrivals[0].State == run.Unmatched && arrivals[0].Objects == n
	})
}
