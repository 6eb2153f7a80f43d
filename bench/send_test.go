package bench

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// BenchmarkSend sends into an unmodified storescp.
func BenchmarkSend(b *testing.B) {
	const n = 200
	files := objects(b, n)
	peer := startStorescp(b, nil)
	ours := side{what: "200 objects by raddeploy dicom send into storescp", unit: "objects/s"}
	theirs := side{what: "100 of them by storescu into storescp", unit: "objects/s"}
	for range 3 {
		settle()
		sent, err := rate(exec.Command(program(b), "dicom", "send", peer.address, filepath.Dir(files[0])), n)
		if err != nil {
			b.Fatal(err)
		}
		ours.add(sent)
		if got := count(b, peer.dir); got != n {
			b.Fatalf("storescp has %d of %d objects", got, n)
		}
		peer.discard(b)
	}
	theirs.add(storescu(b, nil, peer.address, files[:crawl]))
	compare(b, ours, theirs, promise{least: 20})
}
