package bench

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// small is the pixels of an object of 2 KB.
const small = 1800

// BenchmarkReceiveCost tells what an object costs the agent beside the wait for
// the disk.
func BenchmarkReceiveCost(b *testing.B) {
	s := newSite(b, "", nil)
	files := objects(b, study)
	storescu(b, noDelay, s.dicom, files[:crawl]) // programs are read from the disk
	before, _ := s.worked(b)
	allocated := s.allocations(b)
	storescu(b, noDelay, s.dicom, files)
	large := side{what: fmt.Sprintf("allocations an object of 526 KB of %d over one association", study), unit: "allocations"}
	large.add((s.allocations(b) - allocated) / study)
	after, _ := s.worked(b)
	cost := side{what: "processor time an object of 526 KB in the agent", unit: "ms"}
	cost.add((after - before).Seconds() * 1e3 / study)
	limit(b, cost, promise{most: 0.6})
	limit(b, large, promise{most: 40})

	allocated = s.allocations(b)
	sendSmall(b, s.dicom, 0, study, 1)
	little := side{what: "the same of 2 KB", unit: "allocations"}
	little.add((s.allocations(b) - allocated) / study)
	growth := side{what: "allocations that an object of 526 KB has more than one of 2 KB", unit: "allocations"}
	growth.add(max(0, large.value()-little.value()))
	limit(b, growth, promise{most: 1})
	remark(little.String())
}

// BenchmarkReceiveSmall sends many objects of 2 KB, where the cost of each counts
// and the disk's rate does not.
func BenchmarkReceiveSmall(b *testing.B) {
	const n = 20_000
	s, peer := newSite(b, "", nil), startStorescp(b, noDelay, quickFork...)
	ours := side{what: fmt.Sprintf("%d objects of 2 KB into the agent over 4 associations, durable", n), unit: "objects/s"}
	theirs := side{what: "the same into storescp --fork +B, not durable", unit: "objects/s"}
	theirs.add(sendSmall(b, peer.address, 1, n, 4))
	ours.add(sendSmall(b, s.dicom, 1, n, 4))
	compare(b, ours, theirs, promise{least: 1})
}

// BenchmarkReceiveMemory has sixteen senders at once, of small objects, of images,
// and of large ones.
func BenchmarkReceiveMemory(b *testing.B) {
	const associations, large = 16, 128 << 20
	s := newSite(b, "", nil)
	peak := func(what string) {
		peak := side{what: fmt.Sprintf("peak resident memory of the agent after %d x %s at once", associations, what), unit: "MB"}
		peak.add(memory(b, s.pid))
		limit(b, peak, promise{most: 48})
	}
	sendSmall(b, s.dicom, 2, 500*associations, associations)
	peak("500 objects of 2 KB")
	sendersAtOnce(b, s.dicom, objects(b, study), associations)
	peak("125 objects of 526 KB")
	s.emptyFiles(b)
	var sent [senders][]shipment
	for i := range sent {
		sent[i] = []shipment{{newObject(3, i, large)}}
	}
	sendAll(b, s.dicom, sent)
	peak("an object of 128 MB")
	s.emptyFiles(b)
}

// sendSmall sends n objects of 2 KB over some associations, and returns objects
// per second. No two rounds send the same.
func sendSmall(b *testing.B, to string, round, n, associations int) float64 {
	b.Helper()
	var sent [senders][]shipment
	for i := range n {
		at := &sent[i%associations]
		if *at == nil {
			*at = []shipment{nil}
		}
		(*at)[0] = append((*at)[0], newObject(round, i, small))
	}
	settle()
	return float64(n) / timed(func() { sendAll(b, to, sent) }).Seconds()
}

// allocations is how many the agent has made.
func (s *site) allocations(b *testing.B) float64 {
	b.Helper()
	response, err := http.Get(s.Address + "/metrics")
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "go_memstats_mallocs_total "); ok {
			var made float64
			if _, err := fmt.Sscan(text, &made); err != nil {
				b.Fatal(err)
			}
			return made
		}
	}
	b.Fatal("the agent's metrics tell no allocations")
	return 0
}
