package dimse_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dimse"
)

// BenchmarkReceive compares, in one run, storescu sending to this package's
// provider with storescu sending to storescp. The provider writes each object
// to a file and, in the durable variant, syncs it. Both sides get the
// environment.
func BenchmarkReceive(b *testing.B) {
	for _, env := range [][]string{nil, {"TCP_NODELAY=1"}} {
		for _, durable := range []bool{false, true} {
			b.Run(fmt.Sprintf("env=%v/durable=%v", env, durable), func(b *testing.B) {
				files := ctFiles(b, 400)
				peers := 400
				if env == nil {
					peers = 60 // they come at some 20 a second
				}
				dir := b.TempDir()
				addr := serve(b, &dimse.Server{NewSession: toFiles(dir, durable)})
				peer, _ := storescp(b, env, "-q")
				for range b.N {
					ours := rate(b, env, addr, files)
					theirs := rate(b, env, peer, files[:peers])
					b.ReportMetric(ours, "ours/s")
					b.ReportMetric(theirs, "storescp/s")
					b.ReportMetric(ours/theirs, "ratio")
				}
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// BenchmarkSend compares, in one run, this package's user sending to storescp
// with storescu sending to it.
func BenchmarkSend(b *testing.B) {
	files := ctFiles(b, 200)
	peer, _ := storescp(b, nil, "-q")
	for range b.N {
		begin := time.Now()
		sendFiles(b, peer, files)
		ours := float64(len(files)) / time.Since(begin).Seconds()
		theirs := rate(b, nil, peer, files[:60])
		b.ReportMetric(ours, "ours/s")
		b.ReportMetric(theirs, "storescu/s")
		b.ReportMetric(ours/theirs, "ratio")
	}
	b.ReportMetric(0, "ns/op")
}

// rate has storescu send files to addr and returns objects per second.
func rate(b *testing.B, env []string, addr string, files []string) float64 {
	b.Helper()
	begin := time.Now()
	if out, err := run(b, env, "storescu", append(hostPort(b, addr), files...)...); err != nil {
		b.Fatalf("storescu: %v\n%s", err, tail(out))
	}
	return float64(len(files)) / time.Since(begin).Seconds()
}

func sendFiles(t testing.TB, addr string, files []string) {
	t.Helper()
	c := dial(t, &dimse.Dialer{CallingAE: "SCU", CalledAE: "STORESCP"}, addr, storage())
	for i, path := range files {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		data, ts := dataSetOf(file)
		m := dimse.StoreMessage{SOPClassUID: ctImage, SOPInstanceUID: instance(i), TransferSyntaxUID: ts, Size: int64(len(data))}
		m.Data = bytes.NewReader(data)
		if status, err := c.Store(t.Context(), m); err != nil || !status.Success() {
			t.Fatalf("object %d: %v, %v", i, status, err)
		}
	}
	if err := c.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// toFiles makes sessions that write each object to a file of its own.
func toFiles(dir string, durable bool) func(context.Context, *dimse.Association) (dimse.Session, *dimse.Reject) {
	return func(context.Context, *dimse.Association) (dimse.Session, *dimse.Reject) {
		r := newRecorder()
		r.store = func(_ context.Context, rq *dimse.StoreRequest) dimse.Status {
			if err := toFile(filepath.Join(dir, string(rq.SOPInstanceUID)), rq.Data, durable); err != nil {
				return dimse.OutOfResources
			}
			return dimse.Success
		}
		return &recording{r}, nil
	}
}

func toFile(path string, data dimse.Dataset, durable bool) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err = data.WriteTo(f); err == nil && durable {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}
