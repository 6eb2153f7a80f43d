package bench

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// quickFork is storescp at its best with several associations: a process for
// each, large PDUs, and data sets written as they come. It syncs nothing.
var quickFork = []string{"--fork", "+B", "--max-pdu", "131072"}

// BenchmarkReceiveAssociations has four senders at once, and sixteen. The disk is
// what four goroutines can write and sync without a network.
func BenchmarkReceiveAssociations(b *testing.B) {
	const n, rounds = study / 2, 3
	files := objects(b, n)
	s, peer := newSite(b, "", nil), startStorescp(b, noDelay, quickFork...)
	side := func(what string) side { return side{what: fmt.Sprintf("%d objects %s", n, what), unit: "objects/s"} }
	four, sixteen := side("into the agent over 4 associations, durable"), side("into the agent over 16 associations, durable")
	disk, fork := side("written and synced by 4 goroutines, without a network"), side("into storescp --fork +B --max-pdu 131072 over 4 associations, not durable")
	for range rounds {
		four.add(sendersAtOnce(b, s.dicom, files, 4))
		disk.add(syncedAtOnce(b, files, 4))
		fork.add(sendersAtOnce(b, peer.address, files, 4))
		sixteen.add(sendersAtOnce(b, s.dicom, files, 16))
		peer.discard(b)
		s.emptyFiles(b)
	}
	compare(b, four, disk, promise{least: 0.85})
	compare(b, four, fork, promise{least: 0.9})
	compare(b, sixteen, four, promise{least: 1.2})
}

// sendersAtOnce has storescu send a part of the files each, without Nagle's
// algorithm, and returns objects per second of all together.
func sendersAtOnce(b *testing.B, to string, files []string, associations int) float64 {
	b.Helper()
	settle()
	var senders errgroup.Group
	begun := time.Now()
	for part := range slices.Chunk(files, len(files)/associations) {
		command := storescuCommand(b, noDelay, to, part)
		senders.Go(func() error {
			_, err := rate(command, len(part))
			return err
		})
	}
	if err := senders.Wait(); err != nil {
		b.Fatal(err)
	}
	return float64(len(files)) / time.Since(begun).Seconds()
}

// syncedAtOnce is synced by several goroutines. The files are read before.
func syncedAtOnce(b *testing.B, files []string, writers int) float64 {
	b.Helper()
	dir := b.TempDir()
	data := contents(b, files[:1])[0] // all are of one size
	settle()
	var writing errgroup.Group
	begun := time.Now()
	for w := range writers {
		writing.Go(func() error {
			for i := w; i < len(files); i += writers {
				if err := writeSynced(filepath.Join(dir, strconv.Itoa(i)), data); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := writing.Wait(); err != nil {
		b.Fatal(err)
	}
	return float64(len(files)) / time.Since(begun).Seconds()
}
