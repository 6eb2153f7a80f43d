package spool

import (
	"os"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// Header reads the header of an object. It is never nil: with an error it holds
// what could be read.
func (s *Spool) Header(file string) (*dcm.Header, error) {
	f, err := os.Open(s.Path(file))
	if err != nil {
		return &dcm.Header{}, err
	}
	defer f.Close()
	return dcm.ScanFile(f)
}
