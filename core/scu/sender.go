package scu

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"syscall"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/decompress"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/redact"
)

// Sender sends files to one peer.
type Sender struct {
	Dialer       *dimse.Dialer
	Address      string                         // host:port
	Open         func(string) (*os.File, error) // nil: os.Open
	Associations int                            // at once; 0: one
	// Decompress makes an uncompressed file of one in a transfer syntax that
	// [decompress.Can] says, for a peer that takes no other; nil: such objects are
	// not sent. See [decompress.File].
	//
	// It is called while no association waits for what it makes.
	Decompress func(ctx context.Context, in *os.File, syntax dcm.UID) (*os.File, error)
}

// Outcome is what became of one file.
type Outcome struct {
	Sent      bool
	Retryable bool         // not sent, and it may go better later
	Broke     bool         // the association broke at it; it may be tried once more
	Status    dimse.Status // the peer's, if it was asked
	Reason    string       // why it was not sent, and what to do
}

// Report is told what becomes of files, one thing at a time. An error of it ends
// the sending.
type Report struct {
	// Result is called with the index of a file when its outcome is known. After a
	// Broke outcome there may be another one.
	Result func(i int, o Outcome) error
	// Answered is called when all that an association was asked has been answered,
	// before it is released; nil: nothing is to be done then.
	Answered func() error
}

// NoAssociationError says that the peer cannot be reached, or takes no association
// now: what is to be sent has nothing to do with it.
type NoAssociationError struct{ Cause error }

func (e *NoAssociationError) Error() string { return e.Cause.Error() }

// Unwrap returns the cause.
func (e *NoAssociationError) Unwrap() error { return e.Cause }

// Send sends files, over as many associations as they need. First come those at
// which the fewest associations broke; those that are set aside come last, each
// on an association of its own. A *NoAssociationError means that the peer took no
// association, any other error that ctx has ended or one of report: files without
// an outcome are unsent. They are too where the peer broke off one association
// after the other and took nothing.
func (s *Sender) Send(ctx context.Context, files []File, report Report) error {
	files = slices.Clone(files) // what is learned of them is not the caller's
	t := &try{Sender: s, files: files, report: report}
	order, err := t.plannable()
	if err != nil {
		return err
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(files[a].Breaks, files[b].Breaks) })
	set := slices.IndexFunc(order, func(i int) bool { return files[i].Breaks >= AsideAfter })
	if set < 0 {
		set = len(order)
	}
	all := plans(files, order[:set])
	for _, i := range order[set:] {
		all = append(all, plans(files, []int{i})...)
	}
	for _, p := range all {
		if more, err := t.carry(ctx, p); err != nil || !more {
			return err
		}
	}
	return t.uncompressed(ctx)
}

// try is one call of Send.
type try struct {
	*Sender
	files  []File
	report Report

	mu         sync.Mutex    // of the report and of what follows
	barren     int           // associations that broke since the last answer
	compressed []int         // files that the peer takes only uncompressed
	plain      map[int]plain // of them, those that have been decompressed; not changed while files are sent
}

// mostBarren is how many associations may break without an answer in between: a
// second object may be a bad one too, but then the peer is.
const mostBarren = 2

func (t *try) result(i int, o Outcome) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.barren++; !o.Broke {
		t.barren = 0
	}
	return t.report.Result(i, o)
}

// later puts a file off until it has been decompressed.
func (t *try) later(i int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.compressed = append(t.compressed, i)
}

func (t *try) answered() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.report.Answered == nil {
		return nil
	}
	return t.report.Answered()
}

func (t *try) gaveUp() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.barren >= mostBarren
}

// plannable returns the indexes of the files that presentation contexts can be
// proposed for. One whose UIDs are not known could not be read when it was listed,
// or cannot be sent: it is read again.
func (t *try) plannable() (indexes []int, err error) {
	for i := range t.files {
		file := &t.files[i]
		known := func() bool { return file.SOPClassUID.Valid() && file.TransferSyntaxUID.Valid() }
		outcome := Outcome{Reason: "its UIDs are not valid"}
		if !known() {
			content, o, err := t.open(file.Name)
			if err != nil {
				outcome = unreadable(err)
			} else {
				_ = content.Close()
				file.SOPClassUID, file.SOPInstanceUID, file.TransferSyntaxUID = o.SOPClassUID, o.SOPInstanceUID, o.TransferSyntaxUID
			}
		}
		if known() {
			indexes = append(indexes, i)
			continue
		}
		if err := t.result(i, outcome); err != nil {
			return nil, err
		}
	}
	return indexes, nil
}

// store sends one file. errCompressed means that it is to be decompressed first, any
// other error that the association broke.
func (t *try) store(ctx context.Context, association *dimse.Conn, i int) (Outcome, error) {
	file, o, err := t.file(i)
	if err != nil {
		return unreadable(err), nil
	}
	syntax, ok := accepted(association, o)
	if !ok {
		_ = file.Close()
		if t.decompressible(association, o) {
			return Outcome{}, errCompressed
		}
		return Outcome{Reason: t.notAccepted(association, o)}, nil
	}
	content, err := o.content(file, syntax)
	if err != nil {
		return unreadable(err), nil
	}
	defer content.Close()
	status, err := association.Store(ctx, dimse.StoreMessage{
		SOPClassUID:       o.SOPClassUID,
		SOPInstanceUID:    o.SOPInstanceUID,
		TransferSyntaxUID: syntax,
		Data:              content,
		Size:              content.size,
	})
	switch {
	case content.failed != nil:
		return Outcome{}, &readError{redact.Paths(content.failed)}
	case err != nil:
		return Outcome{}, err
	case status.Failure():
		return Outcome{Status: status, Retryable: status.Retryable(), Reason: "the peer answered " + status.String()}, nil
	}
	return Outcome{Sent: true, Status: status}, nil
}

// unreadable is the outcome of a file that could not be opened or is not an
// object that can be sent.
func unreadable(err error) Outcome {
	var unsendable *UnsendableError
	if errors.As(err, &unsendable) {
		return Outcome{Reason: unsendable.Why}
	}
	return Outcome{Reason: "the file cannot be read: " + redact.Paths(err).Error(), Retryable: passing(err)}
}

// passing reports whether an error is of this host's resources, which may be there
// again later, and not of an object.
func passing(err error) bool {
	return errors.As(err, new(*decompress.NotNowError)) || slices.ContainsFunc([]syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EAGAIN, syscall.ENOSPC, syscall.EDQUOT, syscall.ESTALE},
		func(of syscall.Errno) bool { return errors.Is(err, of) })
}

// readError says that an association broke because a file could not be read.
type readError struct{ cause error }

func (e *readError) Error() string { return "the file cannot be read: " + e.cause.Error() }
