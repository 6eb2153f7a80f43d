// Package commitment reads and writes the data sets of storage commitment: what an
// N-ACTION asks for, and what an N-EVENT-REPORT says about it (PS3.4 annex J, push
// model).
//
// In come data sets of peers, of which no more than [MaxBytes] and
// [MostReferences] are taken; out go transaction UIDs and references to SOP
// instances, all of them valid, and data sets in Implicit or Explicit VR Little
// Endian.
//
// The package must not know associations, or decide what is committed to.
package commitment

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// The types of the one action and of the events of the push model (PS3.4 tables
// J.3-1 and J.3-2).
const (
	ActionRequest   uint16 = 1 // Request Storage Commitment
	EventCommitted  uint16 = 1 // Storage Commitment Request Successful
	EventIncomplete uint16 = 2 // Storage Commitment Request Complete, Failures Exist
)

// Bounds of a data set.
const (
	MostReferences = 20_000        // SOP instances
	MaxBytes       = dcm.MaxHeader // of the data set
)

// ErrTooLong means that a data set is longer than MaxBytes, or has more than
// MostReferences references.
var ErrTooLong = fmt.Errorf("more than %d instances, or %d bytes", MostReferences, MaxBytes)

// Request asks for commitment to some instances.
type Request struct {
	Transaction dcm.UID
	References  []run.Reference // each once
}

// Result is what became of a request.
type Result struct {
	Transaction dcm.UID
	Committed   []run.Reference
	Failed      []run.Uncommitted
}

// EventType is that of the report of a result.
func (r *Result) EventType() uint16 {
	if len(r.Failed) > 0 {
		return EventIncomplete
	}
	return EventCommitted
}

// ReadRequest reads the data set of an N-ACTION. Its error says what is wrong, and
// nothing of what the data set holds.
func ReadRequest(r io.Reader, transferSyntax dcm.UID) (request Request, err error) {
	h, err := read(r, transferSyntax)
	if err != nil {
		return request, err
	}
	if request.Transaction, err = transaction(h); err != nil {
		return request, err
	}
	seen := map[run.Reference]bool{}
	err = references(h, dcm.ReferencedSOPSequence, func(ref run.Reference, _ dcm.Item) error {
		if !seen[ref] {
			request.References = append(request.References, ref)
		}
		seen[ref] = true
		return nil
	})
	if err == nil && len(request.References) == 0 {
		err = errors.New("no instance is referenced")
	}
	return request, err
}

// ReadResult reads the data set of an N-EVENT-REPORT.
func ReadResult(r io.Reader, transferSyntax dcm.UID) (result Result, err error) {
	h, err := read(r, transferSyntax)
	if err != nil {
		return result, err
	}
	if result.Transaction, err = transaction(h); err != nil {
		return result, err
	}
	err = references(h, dcm.ReferencedSOPSequence, func(ref run.Reference, _ dcm.Item) error {
		result.Committed = append(result.Committed, ref)
		return nil
	})
	if err != nil {
		return result, err
	}
	err = references(h, dcm.FailedSOPSequence, func(ref run.Reference, item dcm.Item) error {
		text, _ := item.Text(dcm.FailureReason)
		reason, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			return errors.New("a failed instance has no failure reason")
		}
		result.Failed = append(result.Failed, run.Uncommitted{Reference: ref, Reason: uint16(reason)})
		return nil
	})
	return result, err
}

// read scans a data set to its end.
func read(r io.Reader, transferSyntax dcm.UID) (*dcm.Header, error) {
	if r == nil {
		return nil, errors.New("there is no data set")
	}
	limited := &io.LimitedReader{R: r, N: MaxBytes + 1}
	h, err := dcm.Scanner{StopAt: ^dcm.Tag(0)}.Dataset(limited, transferSyntax)
	switch {
	case limited.N <= 0 || len(h.Omitted) > 0 || errors.Is(err, dcm.ErrHeaderTooLong):
		return nil, ErrTooLong
	case err != nil:
		return nil, fmt.Errorf("the data set cannot be read: %w", err)
	}
	return h, nil
}

func transaction(h *dcm.Header) (dcm.UID, error) {
	uid := h.UID(dcm.TransactionUID)
	if !uid.Valid() {
		return "", errors.New("the transaction UID is missing or not valid")
	}
	return uid, nil
}

// references calls do for each reference of a sequence.
func references(h *dcm.Header, sequence dcm.Tag, do func(run.Reference, dcm.Item) error) error {
	n := 0
	for item := range h.Items(sequence) {
		ref := run.Reference{SOPClassUID: item.UID(dcm.ReferencedSOPClassUID), SOPInstanceUID: item.UID(dcm.ReferencedSOPInstanceUID)}
		if n++; n > MostReferences {
			return ErrTooLong
		}
		if !ref.SOPClassUID.Valid() || !ref.SOPInstanceUID.Valid() {
			return fmt.Errorf("item %d of %v names no SOP class or instance, or one that is not valid", n, sequence)
		}
		if err := do(ref, item); err != nil {
			return err
		}
	}
	return nil
}
