package dimse

import (
	"io"

	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// Dataset is the data set of one message as it arrives, in the transfer syntax
// of its presentation context, without file meta information. Read and WriteTo
// consume it once. An error other than io.EOF means that the object is not
// whole. WriteTo writes out of the association's buffer and is the faster way.
type Dataset interface {
	io.Reader
	io.WriterTo
}

// dataset reads the fragments of one data set. Once done is closed, it does not
// touch the stream any more.
type dataset struct {
	s       *stream
	id      byte // presentation context
	started bool
	rest    []byte        // of the piece that Read is at
	err     error         // io.EOF: the whole data set came
	done    chan struct{} // nil: nobody waits for it
}

func newDataset(s *stream, id byte) *dataset { return &dataset{s: s, id: id} }

// piece returns the next bytes, valid until the next call, at least one unless
// there is an error.
func (d *dataset) piece() ([]byte, error) {
	for d.err == nil {
		b, err := d.advance()
		if err != nil {
			d.err = err
			d.s.pace.message(false)
			if d.done != nil {
				close(d.done)
			}
		} else if len(b) > 0 {
			return b, nil
		}
	}
	return nil, d.err
}

func (d *dataset) advance() ([]byte, error) {
	if d.started && d.s.pdv.Length > 0 {
		return d.s.fragment()
	}
	if d.started && d.s.pdv.Last {
		return nil, io.EOF
	}
	if !d.started {
		d.s.pace.message(true)
	}
	if err := d.s.next(); err != nil {
		return nil, midMessage(err)
	}
	d.started = true
	if d.s.pdv.Command || d.s.pdv.ContextID != d.id {
		return nil, &pdu.FormatError{PDU: pdu.TypeData, Reason: pdu.UnexpectedParameter,
			Detail: "a fragment that does not belong to the data set that is due"}
	}
	return nil, nil
}

// Read implements io.Reader.
func (d *dataset) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if len(d.rest) == 0 {
		var err error
		if d.rest, err = d.piece(); err != nil {
			return 0, err
		}
	}
	n := copy(p, d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

// WriteTo implements io.WriterTo. It returns nil after the whole data set was
// written to w.
func (d *dataset) WriteTo(w io.Writer) (n int64, err error) {
	b := d.rest
	d.rest = nil
	for {
		if len(b) > 0 {
			m, err := w.Write(b)
			n += int64(m)
			if err != nil {
				return n, err
			}
		}
		if b, err = d.piece(); err == io.EOF {
			return n, nil
		} else if err != nil {
			return n, err
		}
	}
}

// drain consumes what is left and returns nil if the data set was whole, or if
// there is none (d is nil).
func (d *dataset) drain() error {
	if d == nil {
		return nil
	}
	for {
		if _, err := d.piece(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}
