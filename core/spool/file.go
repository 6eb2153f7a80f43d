package spool

import (
	"errors"
	"os"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// beginningSize is how many bytes of a file are written last, in one piece with its
// seal: what stands before the data set and nearly all headers, or all of a small
// object.
const beginningSize = 16 << 10

// File is the file of one object while its bytes arrive.
type File struct {
	Name string // as the state database names it: below the spool

	file      *os.File
	folder    *Folder
	beginning *[beginningSize]byte // of the file, not yet written
	held      int                  // bytes of it
	start     int64                // where the data set begins
	seal      dcm.Seal
}

// Begin takes what stands before the data set: preamble and file meta information
// (PS3.10 §7.1), with room for the seal.
func (f *File) Begin(meta dcm.FileMeta) error {
	meta.Sealed = true
	f.beginning = f.folder.beginning()
	b, err := meta.Append(f.beginning[:0])
	if len(b) > beginningSize {
		return errors.New("file meta information is too long") // UIDs and titles are short
	}
	f.held, f.start = len(b), int64(len(b))
	return err
}

// Write takes a piece of the data set.
func (f *File) Write(p []byte) (n int, err error) {
	held := copy(f.beginning[f.held:], p)
	f.held += held
	if held < len(p) {
		n, err = f.file.WriteAt(p[held:], f.start+f.Size()+int64(held))
	}
	n += held
	_, _ = f.seal.Write(p[:n]) // it never fails
	return n, err
}

// ReadAt reads back what was written of the data set. Offset 0 is its first byte.
func (f *File) ReadAt(p []byte, offset int64) (n int, err error) {
	at := f.start + offset
	if at < int64(f.held) {
		n = copy(p, f.beginning[at:f.held])
	}
	if n < len(p) {
		var read int
		read, err = f.file.ReadAt(p[n:], at+int64(n))
		n += read
	}
	return n, err
}

// Size returns how many bytes of the data set were written.
func (f *File) Size() int64 { return int64(f.seal.Length) }

// Keep seals the file and returns when it is on stable storage, as its entry in
// the folder is already. After an error the file is gone.
func (f *File) Keep() error {
	seal := f.seal.Encode()
	copy(f.beginning[f.start-dcm.SealSize:], seal[:])
	_, err := f.file.WriteAt(f.beginning[:f.held], 0)
	if err == nil {
		err = f.file.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Drop())
	}
	f.release()
	return f.file.Close()
}

// Drop removes the file.
func (f *File) Drop() error {
	f.release()
	return errors.Join(f.file.Close(), os.Remove(f.file.Name()))
}

// release returns the memory of the beginning to the folder.
func (f *File) release() {
	if f.beginning != nil {
		f.folder.beginnings.Put(f.beginning)
		f.beginning = nil
	}
}
