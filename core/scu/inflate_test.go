package scu

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"testing"
)

// A file that is made to inflate without end is found out soon.
func TestDeflateBombs(t *testing.T) {
	const size = 256 << 20
	var bomb bytes.Buffer
	w, err := flate.NewWriter(&bomb, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	head := binary.LittleEndian.AppendUint32([]byte("\xe0\x7f\x10\x00OW\x00\x00"), size)
	if _, err := io.Copy(w, io.MultiReader(bytes.NewReader(head), bytes.NewReader(make([]byte, size)))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	read := &io.LimitedReader{R: &bomb, N: size}
	length := bomb.Len()
	err = inflates(read, 1<<20)
	if !errors.As(err, new(*UnsendableError)) || err.Error() != "its data set inflates to more than 1MiB" {
		t.Errorf("%v", err)
	}
	if taken := size - read.N; taken > int64(length)/10 {
		t.Errorf("%d of %d bytes were inflated", taken, length)
	}
}
