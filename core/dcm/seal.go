package dcm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// Seal says that a data set is complete. It is the value of the private
// information (0002,0102) that ends the file meta information, and is written
// over zeros when the last byte of the data set is there. After a crash it
// tells a whole object from a part of one.
type Seal struct {
	Length uint64 // of the data set in bytes
	CRC32C uint32 // of the data set (Castagnoli)
}

// SealSize is the length of a seal's value in bytes. It lies directly before
// the data set: at [Header.DatasetOffset] - SealSize, which is the n of
// [WriteFileMeta] - SealSize.
const SealSize = 16

const sealMagic = "RDs1"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Encode returns the seal's value: length, checksum, and a mark that an
// unfinished file does not have.
func (s Seal) Encode() [SealSize]byte {
	var b [SealSize]byte
	binary.LittleEndian.PutUint64(b[0:], s.Length)
	binary.LittleEndian.PutUint32(b[8:], s.CRC32C)
	copy(b[12:], sealMagic)
	return b
}

// DecodeSeal reads a seal's value. It reports false if it was never written.
func DecodeSeal(b []byte) (Seal, bool) {
	if len(b) != SealSize || string(b[12:]) != sealMagic {
		return Seal{}, false
	}
	return Seal{Length: binary.LittleEndian.Uint64(b), CRC32C: binary.LittleEndian.Uint32(b[8:])}, true
}

// Write takes the next bytes of the data set into the seal. It never fails.
func (s *Seal) Write(p []byte) (int, error) {
	s.CRC32C = crc32.Update(s.CRC32C, castagnoli, p)
	s.Length += uint64(len(p))
	return len(p), nil
}

// VerifySeal reports whether a file has a seal that its data set agrees with,
// byte for byte and to the end. A file without a seal, or with one that was
// never written, is not sealed; an error only means that the file could not be
// read.
func VerifySeal(f io.ReaderAt) (sealed bool, err error) {
	seal, offset, err := readSeal(f)
	if err != nil || offset == 0 {
		return false, err
	}
	var found Seal
	// one more, to see what follows
	dataset := io.NewSectionReader(f, offset, int64(min(seal.Length, 1<<62))+1)
	if _, err := io.CopyBuffer(struct{ io.Writer }{&found}, struct{ io.Reader }{dataset}, make([]byte, 128<<10)); err != nil {
		return false, fmt.Errorf("read data set to verify its seal: %w", err)
	}
	return found == seal, nil
}

// readSeal finds the seal by the length of the file meta information. The
// offset is that of the data set, 0 if there is no seal.
func readSeal(f io.ReaderAt) (seal Seal, offset int64, err error) {
	const first = preambleLength + len(magic) + 12 // after the group length
	// far more than the longest meta information that we write
	var b [2 << 10]byte
	n, err := f.ReadAt(b[:], 0)
	if err != nil && err != io.EOF {
		return Seal{}, 0, fmt.Errorf("read file meta information to verify its seal: %w", err)
	}
	meta := b[:n]
	if n < first || string(meta[preambleLength:preambleLength+len(magic)]) != magic {
		return Seal{}, 0, nil
	}
	length := binary.LittleEndian.Uint32(meta[first-4:])
	if uint64(first)+uint64(length) > uint64(n) {
		return Seal{}, 0, nil
	}
	meta = meta[:first+int(length)]
	ours := appendText(nil, privateInformationCreatorUID, vrUI, string(ImplementationClass))
	ours = appendLong(ours, privateInformation, vrOB, make([]byte, SealSize))
	ours = ours[:len(ours)-SealSize]
	if at := len(meta) - SealSize - len(ours); at < first || !bytes.HasPrefix(meta[at:], ours) {
		return Seal{}, 0, nil
	}
	seal, ok := DecodeSeal(meta[len(meta)-SealSize:])
	if !ok {
		return Seal{}, 0, nil
	}
	return seal, int64(len(meta)), nil
}
