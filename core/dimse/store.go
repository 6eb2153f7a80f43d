package dimse

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// Priority of a C-STORE request (PS3.7 §9.3.1.1). Few peers heed it.
type Priority uint16

// Priorities.
const (
	MediumPriority Priority = 0
	HighPriority   Priority = 1
	LowPriority    Priority = 2
)

// StoreMessage is one object to send.
type StoreMessage struct {
	SOPClassUID       dcm.UID
	SOPInstanceUID    dcm.UID
	TransferSyntaxUID dcm.UID   // of Data
	Data              io.Reader // the data set without file meta information
	Size              int64     // bytes of Data that make up the data set
	Priority          Priority
}

// Store sends one object (C-STORE, PS3.7 §9.1.1) and returns the peer's status.
// ErrNoContext is returned before anything is sent and leaves the association
// usable. An error of Data, or a Data shorter than Size, aborts the
// association, since a message cannot be taken back. A data set of odd length,
// which the standard does not allow, is sent with one zero byte more, because
// each fragment has an even length (PS3.8 annex E.1, PS3.5 §A.5).
func (c *Conn) Store(ctx context.Context, m StoreMessage) (Status, error) {
	id, err := c.contextOf(m.SOPClassUID, m.TransferSyntaxUID)
	if err != nil {
		return 0, fmt.Errorf("C-STORE: %w", err)
	}
	if m.Size <= 0 {
		return 0, fmt.Errorf("C-STORE: a data set of %d bytes cannot be sent", m.Size)
	}
	if m.Size%2 != 0 {
		m.Data, m.Size = io.MultiReader(io.LimitReader(m.Data, m.Size), bytes.NewReader([]byte{0})), m.Size+1
	}
	var status Status
	err = c.during(ctx, func() error {
		priority := uint16(m.Priority)
		rq := &commandSet{
			field:       cStoreRQ,
			messageID:   c.nextMessage(),
			priority:    &priority,
			dataSetType: withDataSet,
			sopClass:    m.SOPClassUID,
			sopInstance: m.SOPInstanceUID,
		}
		if err := c.send(id, rq, m.Data, m.Size); err != nil {
			return err
		}
		status, err = c.response(ctx, rq)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("C-STORE: %w", err)
	}
	return status, nil
}

// send writes a command set and a data set of size bytes. Fragments gather in
// one buffer and are written when it is full, since a write for each of them
// would cost more than what is in it.
func (c *Conn) send(id byte, rq *commandSet, data io.Reader, size int64) error {
	if cap(c.out) < bufferSize {
		c.out = make([]byte, 0, bufferSize)
	}
	out := appendCommand(c.out[:0], id, rq, c.limit)
	for size > 0 {
		n := int(min(int64(c.limit), size))
		if len(out)+fragmentOverhead+n > bufferSize {
			if err := c.write(out); err != nil {
				return c.explain(err)
			}
			out = out[:0]
		}
		size -= int64(n)
		out = pdu.AppendFragmentHeader(out, pdu.PDVHeader{Length: uint32(n), ContextID: id, Last: size == 0})
		fragment := out[len(out) : len(out)+n]
		if got, err := io.ReadFull(data, fragment); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return fmt.Errorf("read data set to send, %d bytes before its end: %w", size+int64(n-got), err)
		}
		out = out[:len(out)+n]
	}
	if err := c.write(out); err != nil {
		return c.explain(err)
	}
	return nil
}
