package cluster

import (
	"compress/gzip"
	"io"
	"os"
	"testing"
)

const recording = "testdata/squeue-10000.gz"

// recorded is what squeue printed of ten thousand jobs.
func recorded(t testing.TB) []byte {
	t.Helper()
	f, err := os.Open(recording)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(unzipped)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
