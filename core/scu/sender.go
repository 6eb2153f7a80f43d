package scu

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/redact"
)

// Sender sends files to one peer.
type Sender struct {
	Dialer  *dimse.Dialer
	Address string                         // host:port
	Open    func(string) (*os.File, error) // nil: os.Open
}

// Outcome is what became of one file.
type Outcome struct {
	Sent      bool
	Retryable bool         // not sent, and it may go better later
	Status    dimse.Status // the peer's, if it was asked
	Reason    string       // why it was not sent, and what to do
}

// Send sends files, over as many associations as they need, and calls result
// with the index of each when its outcome is known. An error means that the
// peer could not be reached, rejected the association or broke it off, or that
// result returned one: files without an outcome are unsent.
func (s *Sender) Send(ctx context.Context, files []File, result func(i int, o Outcome) error) error {
	for _, p := range plans(files) {
		if err := s.associate(ctx, files, p, result); err != nil {
			return err
		}
	}
	return nil
}

// NoAssociationError says that the peer cannot be reached, or takes no association
// now: what is to be sent has nothing to do with it.
type NoAssociationError struct{ Cause error }

func (e *NoAssociationError) Error() string { return e.Cause.Error() }

// Unwrap returns the cause.
func (e *NoAssociationError) Unwrap() error { return e.Cause }

func (s *Sender) associate(ctx context.Context, files []File, p plan, result func(int, Outcome) error) error {
	association, err := s.Dialer.Dial(ctx, s.Address, p.contexts)
	if err != nil {
		return &NoAssociationError{err}
	}
	for _, i := range p.files {
		outcome, err := s.store(ctx, association, files[i])
		if err == nil {
			err = result(i, outcome)
		}
		if err != nil {
			association.Abort()
			return err
		}
	}
	// every object was answered: a peer that does not answer the release
	// changes nothing
	_ = association.Release(ctx)
	return nil
}

// store sends one file. An error means that the association is of no more use.
func (s *Sender) store(ctx context.Context, association *dimse.Conn, file File) (Outcome, error) {
	options := syntaxes(file.TransferSyntaxUID)
	i := slices.IndexFunc(options, func(syntax dcm.UID) bool { return association.Accepted(file.SOPClassUID, syntax) })
	if i < 0 {
		return Outcome{Reason: fmt.Sprintf("the peer accepts no presentation context for SOP class %s in transfer syntax %s: enable both there",
			file.SOPClassUID, file.TransferSyntaxUID)}, nil
	}
	content, err := s.content(file.Name, options[i])
	if err != nil {
		return Outcome{Reason: "the file cannot be read: " + redact.Paths(err).Error()}, nil
	}
	defer content.Close()
	status, err := association.Store(ctx, dimse.StoreMessage{
		SOPClassUID:       file.SOPClassUID,
		SOPInstanceUID:    file.SOPInstanceUID,
		TransferSyntaxUID: options[i],
		Data:              content,
		Size:              content.size,
	})
	if err != nil {
		return Outcome{}, redact.Paths(err) // of the file, if it cannot be read to its end
	}
	if status.Failure() {
		return Outcome{Status: status, Retryable: status.Retryable(), Reason: "the peer answered " + status.String()}, nil
	}
	return Outcome{Sent: true, Status: status}, nil
}
