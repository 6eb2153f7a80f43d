package scu

import (
	"errors"
	"io"
	"io/fs"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// File is a DICOM file that can be sent.
type File struct {
	Name              string // as Sender.Open knows it
	SOPClassUID       dcm.UID
	SOPInstanceUID    dcm.UID
	TransferSyntaxUID dcm.UID
}

// ErrNotSendable says that a file is not a DICOM object that could be sent.
var ErrNotSendable = errors.New("not a DICOM object")

// Identify says what a file is, from its beginning. An error that is not
// ErrNotSendable is one of reading.
func Identify(name string, content io.Reader) (File, error) {
	header, err := dcm.ScanFile(content)
	var unreadable *fs.PathError
	switch {
	case errors.As(err, &unreadable):
		return File{Name: name}, err
	case errors.Is(err, dcm.ErrNotDICOM):
		return File{Name: name}, ErrNotSendable
	}
	file := File{
		Name:              name,
		SOPClassUID:       first(header.UID(dcm.MediaStorageSOPClassUID), header.UID(dcm.SOPClassUID)),
		SOPInstanceUID:    first(header.UID(dcm.MediaStorageSOPInstanceUID), header.UID(dcm.SOPInstanceUID)),
		TransferSyntaxUID: header.TransferSyntax,
	}
	if !file.SOPClassUID.Valid() || !file.SOPInstanceUID.Valid() || file.TransferSyntaxUID == "" {
		return file, ErrNotSendable
	}
	return file, nil
}

func first(a, b dcm.UID) dcm.UID {
	if a != "" {
		return a
	}
	return b
}
