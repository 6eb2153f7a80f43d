package spool

import (
	"errors"
	"os"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// File is the file of one object while its bytes arrive.
type File struct {
	Name string // as the state database names it: below the spool

	file  *os.File
	start int64 // where the data set begins
	seal  dcm.Seal
}

// Begin writes what stands before the data set: preamble and file meta
// information (PS3.10 §7.1), with room for the seal.
func (f *File) Begin(meta dcm.FileMeta) error {
	meta.Sealed = true
	start, err := dcm.WriteFileMeta(f.file, meta)
	f.start = start
	return err
}

// Write takes a piece of the data set.
func (f *File) Write(p []byte) (int, error) {
	n, err := f.file.Write(p)
	_, _ = f.seal.Write(p[:n]) // it never fails
	return n, err
}

// ReadAt reads back what was written of the data set. Offset 0 is its first byte.
func (f *File) ReadAt(p []byte, offset int64) (int, error) { return f.file.ReadAt(p, f.start+offset) }

// Size returns how many bytes of the data set were written.
func (f *File) Size() int64 { return int64(f.seal.Length) }

// Keep seals the file and returns when it is on stable storage, as its entry in
// the folder is already. After an error the file is gone.
func (f *File) Keep() error {
	seal := f.seal.Encode()
	_, err := f.file.WriteAt(seal[:], f.start-dcm.SealSize)
	if err == nil {
		err = f.file.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Drop())
	}
	return f.file.Close()
}

// Drop removes the file.
func (f *File) Drop() error {
	return errors.Join(f.file.Close(), os.Remove(f.file.Name()))
}
