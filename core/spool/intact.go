package spool

import (
	"os"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// Intact reads an object's file from end to end and reports whether its data set is
// what was received, by length and checksum. The error is fs.ErrNotExist if there
// is no such file.
func (s *Spool) Intact(file string) (bool, error) {
	f, err := os.Open(s.Path(file))
	if err != nil {
		return false, err
	}
	defer f.Close()
	return dcm.VerifySeal(f)
}
