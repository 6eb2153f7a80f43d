package bench

import (
	"fmt"
	"slices"
	"testing"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/run"
)

// crawl is how many objects are enough where some twenty come in a second.
const crawl = 100

// BenchmarkReceiveAsShipped has storescu send with its default environment:
// Nagle's algorithm then waits for acknowledgements that receivers delay.
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

// BenchmarkReceiveNoDelay has storescu send without Nagle's algorithm. storescp
// as shipped answers in two writes, and so crawls all the same; without Nagle's
// algorithm itself it is as fast as a receiver can be that syncs nothing. The
// agent's answer means that the object is on the disk, and storescu waits for
// each answer: what bounds that is a receiver that keeps nothing, and the disk,
// one after the other. All are measured in turns, and nothing is removed
// meanwhile, because disks are busy with that for a while.
func BenchmarkReceiveNoDelay(b *testing.B) {
	files := objects(b, study)
	s := newSite(b, "", nil)
	shipped, quick := startStorescp(b, nil), startStorescp(b, noDelay)
	idle := startStorescp(b, noDelay, "--ignore", "--max-pdu", "131072")
	const n = study / 8
	ours := side{what: fmt.Sprintf("%d objects into the agent, durable, by %d", study, n), unit: "objects/s"}
	theirs := side{what: fmt.Sprintf("%d of them into storescp as shipped, not durable", crawl), unit: "objects/s"}
	fast := side{what: "into storescp with TCP_NODELAY=1 itself, not durable", unit: "objects/s"}
	bound := side{what: "the bound: into storescp --ignore, then written and synced without a network", unit: "objects/s"}
	for part := range slices.Chunk(files, n) {
		ours.add(storescu(b, noDelay, s.dicom, part))
		s.received(b, n)
		fast.add(storescu(b, noDelay, quick.address, part))
		bound.add(1 / (1/storescu(b, noDelay, idle.address, part) + 1/synced(b, part)))
	}
	theirs.add(storescu(b, noDelay, shipped.address, files[:crawl]))
	compare(b, ours, theirs, promise{least: 0.9})
	compare(b, ours, bound, promise{least: 0.9})
	remark(fmt.Sprintf("%s; ratio %.3g", fast, ours.value()/fast.value()))
}

// received waits until the newest arrival, of n objects, is matched, so that
// nothing of it is left to do.
func (s *site) received(b *testing.B, n int) {
	b.Helper()
	s.until(b, "the arrival to be matched", func() bool {
		page, err := s.Arrivals(b.Context(), api.ArrivalQuery{})
		if err != nil {
			b.Fatal(err)
		}
		if len(page.Items) == 0 || page.Items[0].Objects > n {
			b.Fatalf("there are not %d objects: %+v", n, page)
		}
		return page.Items[0].State == run.ArrivalUnmatched && page.Items[0].Objects == n
	})
}
