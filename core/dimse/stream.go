package dimse

import (
	"errors"
	"fmt"
	"io"

	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// errReleaseRequest says that an A-RELEASE-RQ came where the next message could
// have begun.
var errReleaseRequest = errors.New("peer requested release")

// errReleaseResponse says that an A-RELEASE-RP came.
var errReleaseResponse = errors.New("peer released the association")

// stream is the sequence of presentation data values that come in on an
// association (PS3.8 annex E).
type stream struct {
	*wire
	maxData uint32        // the longest P-DATA-TF body that is taken
	pduLeft uint32        // bytes left in the present P-DATA-TF after the present PDV
	pdv     pdu.PDVHeader // the present PDV; Length counts down to what is left of it

	releasing bool // this side has requested release, so that A-RELEASE-RP is due
}

// newStream reads P-DATA-TF of up to maxPDU bytes, and of one PDV header more:
// some peers count it beside the maximum.
func newStream(w *wire, maxPDU uint32) *stream {
	return &stream{wire: w, maxData: maxPDU + pdu.PDVHeaderLength}
}

// next goes to the next PDV. The present one must be used up. Any other PDU
// than P-DATA-TF is an error: errReleaseRequest, *AbortedError, or
// *pdu.FormatError. io.EOF means that the peer closed the connection between
// two PDUs.
func (s *stream) next() error {
	if s.pduLeft == 0 {
		if err := s.nextPDU(); err != nil {
			return err
		}
	}
	if s.pduLeft < pdu.PDVHeaderLength {
		return invalid("%d bytes left in a PDU are no PDV header", s.pduLeft)
	}
	b, err := s.take(pdu.PDVHeaderLength)
	if err != nil {
		return cutShort(err)
	}
	if s.pdv, err = pdu.ParsePDVHeader(b, s.pduLeft); err != nil {
		return err
	}
	s.pduLeft -= pdu.PDVHeaderLength + s.pdv.Length
	return nil
}

func (s *stream) nextPDU() error {
	b, err := s.take(pdu.HeaderLength)
	if err == io.EOF {
		return err
	} else if err != nil {
		return cutShort(err)
	}
	h := pdu.ParseHeader(b)
	if err := h.Check(s.maxData); err != nil {
		return err
	}
	if h.Type == pdu.TypeData {
		s.pduLeft = h.Length
		return nil
	}
	p, err := pdu.ReadBody(s.wire, h, 0)
	if err != nil {
		return cutShort(err)
	}
	switch p := p.(type) {
	case *pdu.Abort:
		return &AbortedError{Source: p.Source, Reason: p.Reason}
	case *pdu.ReleaseRQ:
		return errReleaseRequest
	case *pdu.ReleaseRP:
		if s.releasing {
			return errReleaseResponse
		}
	}
	return &pdu.FormatError{PDU: h.Type, Reason: pdu.UnexpectedPDU, Detail: "came on an established association"}
}

// fragment returns some bytes of the present PDV, valid until the next call;
// none if it is used up.
func (s *stream) fragment() ([]byte, error) {
	if s.pdv.Length == 0 {
		return nil, nil
	}
	b, err := s.some(s.pdv.Length)
	s.pdv.Length -= uint32(len(b))
	return b, cutShort(err)
}

// skip uses up the present PDV.
func (s *stream) skip() error {
	for s.pdv.Length > 0 {
		if _, err := s.fragment(); err != nil {
			return err
		}
	}
	return nil
}

// maxCommandLength bounds a command set, which has a few hundred bytes.
const maxCommandLength = 16 << 10

// command reads the next command set and the id of its presentation context.
// The returned errors are those of next.
func (s *stream) command(buf []byte) (commandSet, byte, error) {
	if err := s.next(); err != nil {
		return commandSet{}, 0, err
	}
	s.pace.message(true)
	defer s.pace.message(false)
	id := s.pdv.ContextID
	for {
		if !s.pdv.Command || s.pdv.ContextID != id {
			return commandSet{}, 0, &pdu.FormatError{PDU: pdu.TypeData, Reason: pdu.UnexpectedParameter,
				Detail: "a fragment that does not belong to the command set that is due"}
		}
		if len(buf)+int(s.pdv.Length) > maxCommandLength {
			return commandSet{}, 0, invalid("command set is longer than %d bytes", maxCommandLength)
		}
		for s.pdv.Length > 0 {
			b, err := s.fragment()
			if err != nil {
				return commandSet{}, 0, err
			}
			buf = append(buf, b...)
		}
		if s.pdv.Last {
			c, err := parseCommand(buf)
			return c, id, err
		}
		if err := s.next(); err != nil {
			return commandSet{}, 0, midMessage(err)
		}
	}
}

// midMessage makes an error of what is in order between two messages and not
// within one.
func midMessage(err error) error {
	if errors.Is(err, errReleaseRequest) {
		return &pdu.FormatError{PDU: pdu.TypeReleaseRQ, Reason: pdu.UnexpectedPDU, Detail: "came in the middle of a message"}
	}
	return cutShort(err)
}

// errCutShort is ErrPeerClosed where that is a breach of the protocol.
var errCutShort = fmt.Errorf("%w, in the middle of a message", ErrPeerClosed)

// cutShort turns the end of the connection into errCutShort.
func cutShort(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return errCutShort
	}
	return err
}

func invalid(format string, args ...any) error {
	return &pdu.FormatError{PDU: pdu.TypeData, Reason: pdu.InvalidParameter, Detail: fmt.Sprintf(format, args...)}
}
