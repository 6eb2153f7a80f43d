package scu

import (
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/sdk"
)

// File is a DICOM file that can be sent.
type File struct {
	Name              string // as Sender.Open knows it
	SOPClassUID       dcm.UID
	SOPInstanceUID    dcm.UID
	TransferSyntaxUID dcm.UID
	// Breaks is how many associations have broken at it. From AsideAfter on it is
	// sent last, and alone.
	Breaks int
}

// AsideAfter is after how many breaks a file is set aside.
const AsideAfter = 2

// NotObjectError says that a file is not a DICOM object, so that there is nothing
// to send.
type NotObjectError struct{ What string } // such as "not a DICOM object"

func (e *NotObjectError) Error() string { return e.What }

// UnsendableError says that a DICOM object cannot be sent, whatever the peer is.
type UnsendableError struct{ Why string }

func (e *UnsendableError) Error() string { return e.Why }

// Identify says what a file is: its data set counts, and its file meta
// information only where that says nothing (PS3.7 §9.1.1.1). An error that is
// neither a *NotObjectError nor an *UnsendableError is one of reading. With an
// *UnsendableError the file has what is known of it.
func Identify(name string, content *os.File) (File, error) {
	o, err := inspect(content)
	file := o.File
	file.Name = name
	return file, err
}

// object is what an inspection has found out about a file.
type object struct {
	File
	header *dcm.Header
	size   int64 // of the file in bytes
}

// inspect reads a file's header, and looks whether its end is there.
func inspect(file *os.File) (o object, err error) {
	header, scanned := dcm.ScanFile(file)
	var unreadable *fs.PathError
	switch {
	case errors.As(scanned, &unreadable):
		return o, scanned
	case errors.Is(scanned, dcm.ErrNotDICOM):
		return o, &NotObjectError{"not a DICOM object"}
	}
	info, err := file.Stat()
	if err != nil {
		return o, err
	}
	o = object{header: header, size: info.Size(), File: File{
		SOPClassUID:       first(header.UID(dcm.SOPClassUID), header.UID(dcm.MediaStorageSOPClassUID)),
		SOPInstanceUID:    first(header.UID(dcm.SOPInstanceUID), header.UID(dcm.MediaStorageSOPInstanceUID)),
		TransferSyntaxUID: header.Encoding(file, info.Size()),
	}}
	if errors.Is(scanned, io.ErrUnexpectedEOF) && header.TransferSyntax == "" && header.DatasetOffset > 0 {
		return o, &UnsendableError{fmt.Sprintf("its file meta information ends within an element, at byte %d", o.size)}
	}
	if what := o.beside(scanned); what != "" {
		return o, &NotObjectError{what}
	}
	return o, o.check(file, scanned)
}

func first(a, b dcm.UID) dcm.UID {
	if a != "" {
		return a
	}
	return b
}

// Elements by which things beside objects are known.
const (
	rootDirectoryRecord   dcm.Tag = 0x00041200
	mediaStorageDirectory dcm.UID = "1.2.840.10008.1.3.10"
)

// beside says what a file is that lies beside objects, as in a copy of a medium;
// "" if it is an object, or a part of one. scanned is how its header's scan ended.
func (o *object) beside(scanned error) string {
	_, directory := o.header.Text(rootDirectoryRecord)
	_, modality := o.header.Text(dcm.Modality)
	switch {
	case directory, o.SOPClassUID == mediaStorageDirectory:
		return "a DICOMDIR: the index of a medium, not an object"
	case o.SOPClassUID == "" && o.SOPInstanceUID == "" && o.header.DatasetOffset == 0:
		return "not a DICOM object"
	case errors.Is(scanned, io.ErrUnexpectedEOF), scanned == nil && o.header.Empty():
	case o.SOPClassUID == "" && o.SOPInstanceUID == "" && !modality:
		return "a DICOM data set without a SOP class, such as an entry of a worklist: not an object"
	case o.SOPClassUID.Valid() && !dimse.Storable(o.SOPClassUID):
		return fmt.Sprintf("of SOP class %s, which is not stored: not an object to send", o.SOPClassUID.Name())
	}
	return ""
}

// check says why an object cannot be sent. scanned is how its header's scan ended.
func (o *object) check(file io.ReaderAt, scanned error) error {
	switch {
	case errors.Is(scanned, io.ErrUnexpectedEOF):
		return o.notWhole()
	case scanned == nil && o.header.Empty():
		return errEmpty
	}
	for _, uid := range []struct {
		name  string
		value dcm.UID
	}{{"SOP Class UID (0008,0016)", o.SOPClassUID}, {"SOP Instance UID (0008,0018)", o.SOPInstanceUID}, {"Transfer Syntax UID (0002,0010)", o.TransferSyntaxUID}} {
		switch {
		case uid.value == "" && scanned != nil:
			return &UnsendableError{fmt.Sprintf("its %s cannot be read: %v", uid.name, scanned)}
		case uid.value == "":
			return &UnsendableError{"its " + uid.name + " is missing"}
		case !uid.value.Valid():
			return &UnsendableError{"its " + uid.name + " is not valid: a UID has digits and dots, and at most 64 of them"}
		}
	}
	if err := o.checkEnd(file); errors.Is(err, io.ErrUnexpectedEOF) {
		return o.notWhole()
	} else if err != nil {
		return err
	}
	return nil
}

var errEmpty = &UnsendableError{(&dcm.NotWholeError{}).Error()}

func (o *object) notWhole() error {
	return &UnsendableError{(&dcm.NotWholeError{Size: max(0, o.size-o.header.DatasetOffset)}).Error()}
}

// checkEnd returns io.ErrUnexpectedEOF if the data set is not whole.
func (o *object) checkEnd(file io.ReaderAt) error {
	if !o.header.Deflated() {
		return o.header.CheckEnd(file, o.size)
	}
	err := inflates(o.dataset(file), maxInflated)
	var corrupt flate.CorruptInputError
	if errors.As(err, &corrupt) {
		return &UnsendableError{"its data set cannot be inflated: " + corrupt.Error()}
	}
	if errors.Is(err, dcm.ErrMalformed) {
		return nil // which is for the peer to judge, as of any other data set
	}
	return err
}

// maxInflated is how long a deflated data set may become, in bytes: a small file
// can be made to inflate without end.
const maxInflated = 8 << 30

// inflates goes through a deflated data set to its end, and says what is wrong
// with it.
func inflates(dataset io.Reader, most int64) error {
	err := dcm.Convert(&counter{most: most}, dataset, dcm.DeflatedExplicitVRLittleEndian, dcm.ExplicitVRLittleEndian)
	if errors.Is(err, errTooLong) {
		return &UnsendableError{fmt.Sprintf("its data set inflates to more than %s", sdk.Size(most).Rounded())}
	}
	return err
}

// dataset is the data set within the file.
func (o *object) dataset(file io.ReaderAt) *io.SectionReader {
	return io.NewSectionReader(file, o.header.DatasetOffset, o.size-o.header.DatasetOffset)
}
