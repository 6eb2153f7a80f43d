package bench

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
)

// copyFlow is a flow of one container that copies what it is given, to a receiver.
const copyFlow = `
triggers:
  - Modality: CT
models:
  - image: ` + image + `
    command: sh -c 'cp -r /input/. /output/'
    pull_before_exec: false
destinations:
  - {host: 127.0.0.1, port: %s, ae_title: ANY-SCP}
`

// BenchmarkStudy takes a study through a container to a receiver: how long from
// the sender's release to the first container, and to the last object
// delivered. Beside it stands the same by hand: docker run of that container on
// the same files, then dcmsend.
func BenchmarkStudy(b *testing.B) {
	needDocker(b)
	const n, rounds = 300, 7
	peer := startStorescp(b, noDelay)
	_, port, _ := net.SplitHostPort(peer.address)
	s := newSite(b, `executor "docker" { cpus = 2 }`, map[string]string{"copy": fmt.Sprintf(copyFlow, port)})
	create := side{what: "release of 300 objects to the first container", unit: "ms"}
	deliver := side{what: "release of 300 objects to the last one delivered", unit: "s"}
	byHand := side{what: "docker run of the container on them, then dcmsend", unit: "s"}
	for round := range rounds + 1 {
		files := objects(b, n)
		released := send(b, s.dicom, files)
		s.finished(b, round+1)
		if got := count(b, peer.dir); got != n {
			b.Fatalf("storescp has %d of %d objects", got, n)
		}
		delivered := newest(b, peer.dir)
		peer.discard(b)
		if round == 0 {
			continue // programs and images are read from the disk
		}
		create.add(float64(s.created(b, released).Sub(released).Microseconds()) / 1e3)
		deliver.seconds(delivered.Sub(released))
		s.removed(b)
		byHand.seconds(copyByHand(b, peer, files))
		peer.discard(b)
	}
	limit(b, create, promise{most: 40})
	compare(b, deliver, byHand, promise{most: 1.3})
}

// copyByHand runs the flow's container without an agent, and sends what it wrote.
func copyByHand(b *testing.B, peer *storescp, files []string) time.Duration {
	b.Helper()
	out := b.TempDir()
	return timed(func() {
		mustDocker(b, "run", "--rm", "-v", filepath.Dir(files[0])+":/input:ro", "-v", out+":/output", image, "sh", "-c", "cp -r /input/. /output/")
		copied, err := filepath.Glob(filepath.Join(out, "*"))
		if err != nil || len(copied) != len(files) {
			b.Fatalf("the container wrote %d of %d files (%v)", len(copied), len(files), err)
		}
		dcmsend(b, peer.address, copied)
	})
}

// send sends files over one association, and returns when it asked for its release.
func send(b *testing.B, to string, files []string) time.Time {
	b.Helper()
	ctx := b.Context()
	syntax := dcm.ExplicitVRLittleEndian
	conn, err := (&dimse.Dialer{CallingAE: "SCANNER"}).Dial(ctx, to, []dimse.PresentationContext{
		{AbstractSyntax: ctImage, TransferSyntaxes: []dcm.UID{syntax}},
	})
	if err != nil {
		b.Fatal(err)
	}
	for _, file := range files {
		if err := store(ctx, conn, file); err != nil {
			b.Fatal(err)
		}
	}
	released := time.Now()
	if err := conn.Release(ctx); err != nil {
		b.Fatal(err)
	}
	return released
}

// ctImage is the SOP class of what the phantom consists of.
const ctImage dcm.UID = "1.2.840.10008.5.1.4.1.1.2"

func store(ctx context.Context, conn *dimse.Conn, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	header, err := dcm.ScanFile(file)
	if err != nil {
		return err
	}
	if _, err := file.Seek(header.DatasetOffset, 0); err != nil {
		return err
	}
	status, err := conn.Store(ctx, dimse.StoreMessage{
		SOPClassUID:       ctImage,
		SOPInstanceUID:    header.UID(dcm.SOPInstanceUID),
		TransferSyntaxUID: header.TransferSyntax,
		Data:              file,
		Size:              info.Size() - header.DatasetOffset,
	})
	if err == nil && !status.Success() {
		err = fmt.Errorf("answered %s", status)
	}
	return err
}

// finished waits until there are n runs and the newest of them is done, and
// returns when that was seen.
func (s *site) finished(b *testing.B, n int) time.Time {
	b.Helper()
	s.until(b, "the run to be done", func() bool {
		runs, err := s.Runs(b.Context(), api.RunQuery{})
		if err != nil {
			b.Fatal(err)
		}
		if len(runs.Items) < n {
			return false
		}
		if runs.Items[0].State == run.Failed {
			b.Fatalf("run failed: %s", runs.Items[0].Reason)
		}
		return runs.Items[0].State == run.Done
	})
	return time.Now()
}

// newest returns when the newest file of a folder was last written to.
func newest(b *testing.B, dir string) time.Time {
	b.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	var last time.Time
	for _, entry := range entries {
		info, err := os.Stat(filepath.Join(dir, entry.Name()))
		if err != nil {
			b.Fatal(err)
		}
		if info.ModTime().After(last) {
			last = info.ModTime()
		}
	}
	return last
}
