package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkSend sends into an unmodified storescp.
func BenchmarkSend(b *testing.B) {
	const n = 200
	files := objects(b, n)
	peer := startStorescp(b, nil)
	ours := side{what: "200 objects by raddeploy dicom send into storescp", unit: "objects/s"}
	theirs := side{what: "100 of them by storescu into storescp", unit: "objects/s"}
	for range 3 {
		ours.add(sendProgram(b, peer, files))
		peer.discard(b)
	}
	theirs.add(storescu(b, nil, peer.address, files[:crawl]))
	compare(b, ours, theirs, promise{least: 20})
}

// BenchmarkSendNoDelay sends into a storescp without Nagle's algorithm, as
// dcmsend does without it, and over several associations: what those gain there
// is bounded by the processors that all share.
func BenchmarkSendNoDelay(b *testing.B) {
	const n, rounds = 500, 5
	files := objects(b, n)
	peer := startStorescp(b, noDelay, quickFork...)
	ours := side{what: fmt.Sprintf("%d objects by raddeploy dicom send", n), unit: "objects/s"}
	four := side{what: "by raddeploy dicom send -associations 4", unit: "objects/s"}
	theirs := side{what: "by dcmsend with TCP_NODELAY=1", unit: "objects/s"}
	for range rounds {
		ours.add(sendProgram(b, peer, files))
		peer.discard(b)
		theirs.add(dcmsend(b, peer.address, files))
		peer.discard(b)
		four.add(sendProgram(b, peer, files, "-associations", "4"))
		peer.discard(b)
	}
	compare(b, ours, theirs, promise{least: 1})
	remark(fmt.Sprintf("%s; ratio to one %.3g", four, four.value()/ours.value()))
}

// BenchmarkSendAssociations sends into a receiver that takes its time with each
// object, as archives do that answer when an object is on their disk. One
// association waits for each answer; several wait at once.
func BenchmarkSendAssociations(b *testing.B) {
	const n, rounds = 200, 3
	files := objects(b, n)
	peer := startSlowPeer(b, 20*time.Millisecond)
	one := side{what: fmt.Sprintf("%d objects by raddeploy dicom send to a receiver that takes 20 ms for each", n), unit: "objects/s"}
	four := side{what: "with -associations 4", unit: "objects/s"}
	for range rounds {
		one.add(sendTo(b, peer.address, files))
		four.add(sendTo(b, peer.address, files, "-associations", "4"))
		if got := peer.stored.Swap(0); got != 2*n {
			b.Fatalf("the receiver has %d of %d objects", got, 2*n)
		}
	}
	compare(b, four, one, promise{least: 1.8})
}

// sendProgram sends a folder's files by the command line, and returns objects per
// second.
func sendProgram(b *testing.B, to *storescp, files []string, options ...string) float64 {
	b.Helper()
	sent := sendTo(b, to.address, files, options...)
	if got := count(b, to.dir); got != len(files) {
		b.Fatalf("storescp has %d of %d objects", got, len(files))
	}
	return sent
}

// sendTo is sendProgram to an address.
func sendTo(b *testing.B, address string, files []string, options ...string) float64 {
	b.Helper()
	settle()
	arguments := append([]string{"dicom", "send"}, options...)
	sent, err := rate(exec.Command(program(b), append(arguments, address, filepath.Dir(files[0]))...), len(files))
	if err != nil {
		b.Fatal(err)
	}
	return sent
}

// dcmsend sends files by dcmtk's program of that name, without Nagle's algorithm,
// and returns objects per second.
func dcmsend(b *testing.B, to string, files []string) float64 {
	b.Helper()
	settle()
	command := exec.Command(tool(b, "dcmsend"), append(hostPort(b, to), files...)...)
	command.Env = append(os.Environ(), noDelay...)
	sent, err := rate(command, len(files))
	if err != nil {
		b.Fatal(err)
	}
	return sent
}
