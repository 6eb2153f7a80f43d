package dcm

import (
	"encoding/binary"
	"errors"
	"io"
)

// FileMeta is the file meta information before the data set of a Part 10 file
// (PS3.10 §7.1).
type FileMeta struct {
	SOPClass       UID
	SOPInstance    UID
	TransferSyntax UID

	// Sender and Receiver are the application entities of the association on
	// which the object came; "" leaves them out.
	Sender   AETitle
	Receiver AETitle

	// Sealed leaves room for a [Seal], to be written when the data set is complete.
	Sealed bool
}

// WriteFileMeta writes preamble and file meta information. It returns the
// number of bytes written, which is where the data set begins. With Sealed the
// last [SealSize] of them are the empty seal.
func WriteFileMeta(w io.Writer, m FileMeta) (n int64, err error) {
	b, err := m.Append(make([]byte, 0, usualFileMeta))
	if err != nil {
		return 0, err
	}
	written, err := w.Write(b)
	return int64(written), err
}

// usualFileMeta is more bytes than nearly all file meta information has.
const usualFileMeta = 1 << 10

// Append appends preamble and file meta information to b, for a caller that
// writes them together with the data set's beginning.
func (m FileMeta) Append(b []byte) ([]byte, error) {
	switch {
	case m.TransferSyntax == "":
		return b, errors.New("file meta information without a transfer syntax")
	case m.SOPClass == "" || m.SOPInstance == "":
		return b, errors.New("file meta information without SOP class or instance UID")
	}
	b = append(b, make([]byte, preambleLength)...)
	b = append(b, magic...)
	b = appendShort(b, 0x00020000, vrUL, make([]byte, 4))
	start := len(b)
	b = appendLong(b, 0x00020001, vrOB, []byte{0, 1})
	b = appendText(b, MediaStorageSOPClassUID, vrUI, string(m.SOPClass))
	b = appendText(b, MediaStorageSOPInstanceUID, vrUI, string(m.SOPInstance))
	b = appendText(b, TransferSyntaxUID, vrUI, string(m.TransferSyntax))
	b = appendText(b, 0x00020012, vrUI, string(ImplementationClass))
	b = appendText(b, 0x00020013, vrSH, ImplementationVersion)
	if m.Sender != "" {
		b = appendText(b, SourceApplicationEntityTitle, vrAE, m.Sender.Wire())
		b = appendText(b, sendingApplicationEntityTitle, vrAE, m.Sender.Wire())
	}
	if m.Receiver != "" {
		b = appendText(b, receivingApplicationEntityTitle, vrAE, m.Receiver.Wire())
	}
	if m.Sealed {
		b = appendText(b, privateInformationCreatorUID, vrUI, string(ImplementationClass))
		b = appendLong(b, privateInformation, vrOB, make([]byte, SealSize))
	}
	binary.LittleEndian.PutUint32(b[start-4:], uint32(len(b)-start))
	return b, nil
}

// appendText appends an element of the short explicit form, padded to even
// length: UIDs with NUL, text with a space.
func appendText(b []byte, t Tag, v vr, value string) []byte {
	padded := append(make([]byte, 0, MaxUIDLength+1), value...)
	if len(padded)%2 == 1 && v == vrUI {
		padded = append(padded, 0)
	} else if len(padded)%2 == 1 {
		padded = append(padded, ' ')
	}
	return appendShort(b, t, v, padded)
}

// appendShort appends an explicit little endian element with a length of two bytes.
func appendShort(b []byte, t Tag, v vr, value []byte) []byte {
	b = appendTag(b, t)
	b = append(b, byte(v>>8), byte(v))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return append(b, value...)
}

// appendLong appends an explicit little endian element with a length of four bytes.
func appendLong(b []byte, t Tag, v vr, value []byte) []byte {
	b = appendTag(b, t)
	b = append(b, byte(v>>8), byte(v), 0, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(value)))
	return append(b, value...)
}

func appendTag(b []byte, t Tag) []byte {
	b = binary.LittleEndian.AppendUint16(b, t.Group())
	return binary.LittleEndian.AppendUint16(b, t.Element())
}

// FileMeta returns what the header says that a file's meta information should
// say. What a file declares goes before what its data set says.
func (h *Header) FileMeta() FileMeta {
	m := FileMeta{
		SOPClass:       h.UID(MediaStorageSOPClassUID),
		SOPInstance:    h.UID(MediaStorageSOPInstanceUID),
		TransferSyntax: h.TransferSyntax,
	}
	if m.SOPClass == "" {
		m.SOPClass = h.UID(SOPClassUID)
	}
	if m.SOPInstance == "" {
		m.SOPInstance = h.UID(SOPInstanceUID)
	}
	sender, _ := h.Text(SourceApplicationEntityTitle)
	receiver, _ := h.Text(receivingApplicationEntityTitle)
	m.Sender, m.Receiver = ReadAETitle(sender), ReadAETitle(receiver)
	return m
}
