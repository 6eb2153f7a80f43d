package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// Recover returns the whole objects in the folder of an arrival whose receiving
// was cut off, except those that are known already, and removes what was only
// begun: Success was not answered for it. Beside an error stand the objects that
// could be read; files that could not are kept.
func (s *Spool) Recover(arrival run.ArrivalID, known func(file string) bool) ([]run.Object, error) {
	// sorted by name, so in the order of arrival
	entries, err := os.ReadDir(s.Path(string(arrival)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("recover arrival: %w", err)
	}
	var objects []run.Object
	var errs []error
	for _, entry := range entries {
		file := path.Join(string(arrival), entry.Name())
		if known(file) || !entry.Type().IsRegular() {
			continue
		}
		object, whole, err := s.reopen(file)
		switch {
		case err != nil:
		case whole:
			objects = append(objects, object)
		default:
			err = os.Remove(s.Path(file))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("recover %s: %w", file, err))
		}
	}
	return objects, errors.Join(errs...)
}

// reopen reads back what is known of an object, if its file is sealed. An agent that
// was killed may have sealed it in the memory of the host alone: it is put on stable
// storage first.
func (s *Spool) reopen(file string) (object run.Object, whole bool, err error) {
	f, err := os.Open(s.Path(file))
	if err != nil {
		return object, false, err
	}
	defer f.Close()
	sealed, err := dcm.VerifySeal(f)
	if err != nil || !sealed {
		return object, false, err
	}
	if err := s.sync(f); err != nil {
		return object, false, err
	}
	info, err := f.Stat()
	if err != nil {
		return object, false, err
	}
	header, _ := dcm.ScanFile(f) // as far as it can be read: what was accepted is kept
	object = run.Object{
		File:              file,
		SOPClassUID:       header.UID(dcm.MediaStorageSOPClassUID),
		SOPInstanceUID:    header.UID(dcm.MediaStorageSOPInstanceUID),
		TransferSyntaxUID: header.TransferSyntax,
		Size:              info.Size() - header.DatasetOffset,
		Received:          info.ModTime(),
	}
	Identify(&object, header)
	return object, true, nil
}
