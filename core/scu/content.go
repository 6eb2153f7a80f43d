package scu

import (
	"errors"
	"io"
	"os"
	"sync"

	"github.com/raddeploy/raddeploy/core/dcm"
)

// content is the data set of a file as it goes to a peer.
type content struct {
	io.Reader
	io.Closer
	size int64 // bytes
}

// content opens a file's data set in a transfer syntax: its own, or the other
// uncompressed little endian one.
func (s *Sender) content(name string, syntax dcm.UID) (*content, error) {
	open := s.Open
	if open == nil {
		open = os.Open
	}
	file, err := open(name)
	if err != nil {
		return nil, err
	}
	header, _ := dcm.ScanFile(file) // it was readable enough to be identified
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, err
	}
	size := info.Size() - header.DatasetOffset
	section := io.NewSectionReader(file, header.DatasetOffset, size)
	if syntax == header.TransferSyntax {
		return &content{section, file, size}, nil
	}
	return converted(section, file, header.TransferSyntax, syntax)
}

// converted is a data set that is turned into another transfer syntax as it
// goes. Its size is found by turning it once for nothing.
func converted(section *io.SectionReader, file io.Closer, from, to dcm.UID) (*content, error) {
	var size counter
	if err := dcm.Convert(&size, section, from, to); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if _, err := section.Seek(0, io.SeekStart); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	reader, writer := io.Pipe()
	var converting sync.WaitGroup
	converting.Go(func() { writer.CloseWithError(dcm.Convert(writer, section, from, to)) })
	return &content{reader, closer(func() error {
		err := reader.Close() // which ends the conversion, if it has not ended
		converting.Wait()
		return errors.Join(err, file.Close())
	}), int64(size)}, nil
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

type closer func() error

func (c closer) Close() error { return c() }
