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
	io.Closer
	object
	data   io.Reader
	size   int64 // bytes
	failed error // of reading it, other than its end
}

// Read implements io.Reader.
func (c *content) Read(p []byte) (int, error) {
	n, err := c.data.Read(p)
	if err != nil && err != io.EOF {
		c.failed = err
	}
	return n, err
}

// open opens a file and looks at it anew: what it was when it was listed may be
// long ago.
func (s *Sender) open(name string) (*os.File, object, error) {
	open := s.Open
	if open == nil {
		open = os.Open
	}
	file, err := open(name)
	if err != nil {
		return nil, object{}, err
	}
	o, err := inspect(file)
	if err != nil {
		return nil, o, errors.Join(err, file.Close())
	}
	return file, o, nil
}

// content is a file's data set in a transfer syntax: its own, or one of the
// uncompressed little endian ones. It closes the file.
func (o object) content(file contents, syntax dcm.UID) (*content, error) {
	section := o.dataset(file)
	if syntax == o.TransferSyntaxUID {
		return &content{Closer: file, object: o, data: section, size: section.Size()}, nil
	}
	return o.converted(section, file, syntax)
}

// converted is a data set that is turned into another transfer syntax as it
// goes. Its size is found by turning it once for nothing.
func (o object) converted(section *io.SectionReader, file io.Closer, to dcm.UID) (*content, error) {
	from := o.TransferSyntaxUID
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
	return &content{object: o, data: reader, size: size.n, Closer: closer(func() error {
		err := reader.Close() // which ends the conversion, if it has not ended
		converting.Wait()
		return errors.Join(err, file.Close())
	})}, nil
}

// counter counts what is written to it.
type counter struct {
	n    int64
	most int64 // with more it fails; 0: it never does
}

var errTooLong = errors.New("too long")

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	if c.n += int64(len(p)); c.most > 0 && c.n > c.most {
		return 0, errTooLong
	}
	return len(p), nil
}

type closer func() error

func (c closer) Close() error { return c() }
