package spool

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"os"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// Same reports whether the data sets of two objects are the same bytes. What
// stands before them names who sent them, and does not count.
func (s *Spool) Same(file, other string) (bool, error) {
	a, err := s.dataset(file)
	if err != nil {
		return false, err
	}
	defer a.Close()
	b, err := s.dataset(other)
	if err != nil {
		return false, err
	}
	defer b.Close()
	one, two := make([]byte, 128<<10), make([]byte, 128<<10)
	for {
		n, errA := io.ReadFull(a, one)
		m, errB := io.ReadFull(b, two)
		for _, err := range []error{errA, errB} {
			if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return false, err
			}
		}
		if !bytes.Equal(one[:n], two[:m]) {
			return false, nil
		}
		if errA != nil || errB != nil {
			return true, nil // as many bytes, and at the end of one
		}
	}
}

// dataset opens an object's file at the begin of its data set.
func (s *Spool) dataset(file string) (*os.File, error) {
	f, err := os.Open(s.Path(file))
	if err != nil {
		return nil, err
	}
	header, err := dcm.ScanFile(f)
	if header.DatasetOffset == 0 {
		return nil, errors.Join(cmp.Or(err, dcm.ErrNotDICOM), f.Close())
	}
	if _, err := f.Seek(header.DatasetOffset, io.SeekStart); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
