package receive

import (
	"context"
	"errors"
	"sync"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
)

// recordEvery is how many objects are recorded in the state database at once.
// Their files are safe without it; the rows only spare the reading of headers
// after a crash.
const recordEvery = 128

// prompt is how soon an object is recorded where [Receiver.Prompt] asks for it.
// Then an arrival that it belongs to is seen while its association is open.
const prompt = 2 * time.Second

// noRoom is what a peer is told whose object does not fit on the disk.
const noRoom = "the receiver's disk is full or fails; try again later"

// session is one association. Its arrival begins with its first object.
type session struct {
	receiver *Receiver
	sender   run.Sender
	refused  []dcm.UID // abstract syntaxes that the sender proposed in vain
	counted  Counted

	mu      sync.Mutex
	arrival run.ArrivalID
	folder  *spool.Folder
	pending []run.Object  // on disk, not yet recorded
	busy    bool          // some are being recorded
	idle    chan struct{} // closed when they are
	failed  error         // why the last ones are not; nil: they are
	soon    *time.Timer   // records those that are pending; nil: it does not run
	ended   bool
	series  dcm.UID // of the last object
	study   dcm.UID
	records sync.WaitGroup
	closed  chan struct{} // closed when the arrival is
}

// Store takes one object.
func (s *session) Store(ctx context.Context, request *dimse.StoreRequest) dimse.Status {
	bytes, status := s.store(ctx, request)
	s.counted(bytes, status)
	return status
}

// store takes one object, of so many bytes.
func (s *session) store(ctx context.Context, request *dimse.StoreRequest) (bytes int64, _ dimse.Status) {
	log, peer := s.receiver.Logger, s.sender.Address
	if err := s.receiver.Reserve.Check(); err != nil {
		log.Error("refusing an object", "peer", peer, "error", err)
		return 0, request.Refuse(dimse.OutOfResources, noRoom)
	}
	folder, err := s.begin(ctx)
	if err != nil {
		log.Error("refusing an object: cannot open an arrival", "peer", peer, "error", err)
		return 0, request.Refuse(dimse.OutOfResources, "the receiver cannot record the object now")
	}
	object, err := s.take(folder, request)
	var notWhole *dcm.NotWholeError
	switch {
	case errors.As(err, &notWhole):
		log.Warn("refusing an object", "peer", peer, "arrival", s.arrival, "calling", s.sender.CallingAE,
			"transfer_syntax", request.TransferSyntaxUID, "error", err)
		return 0, request.Refuse(dimse.CannotUnderstand, notWhole.Error())
	case err != nil && ctx.Err() == nil:
		log.Error("object not stored", "peer", peer, "arrival", s.arrival, "error", err, "disk_full", errors.Is(err, syscall.ENOSPC))
		return 0, request.Refuse(dimse.OutOfResources, noRoom)
	case err != nil:
		return 0, dimse.OutOfResources
	}
	s.record(ctx, object)
	return object.Size, dimse.Success
}

// Released closes the arrival. The peer learns that its release is accepted
// only when that is recorded.
func (s *session) Released(ctx context.Context) error {
	return s.end(func(last []run.Object) error {
		err := s.receiver.Arrivals.Released(ctx, s.arrival, last)
		if err != nil {
			// everything was answered: it is completed as soon as that can be recorded
			s.receiver.remember(s.arrival)
		}
		return err
	})
}

// Aborted closes the arrival of an association that broke off.
func (s *session) Aborted(reason error) {
	err := s.end(func(last []run.Object) error {
		return s.receiver.Arrivals.Aborted(context.Background(), s.arrival, last, reason.Error())
	})
	if err != nil {
		s.receiver.Logger.Error("end of an aborted arrival not recorded; retrying", "arrival", s.arrival, "error", err)
	}
}

func (s *session) begin(ctx context.Context) (*spool.Folder, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.folder != nil {
		return s.folder, nil
	}
	arrival, folder, err := s.receiver.begin(ctx, s.sender, s.refused)
	if err != nil {
		return nil, err
	}
	s.arrival, s.folder, s.closed = arrival, folder, make(chan struct{})
	s.receiver.begun(s)
	return folder, nil
}

// take moves an object's bytes from the association to its file.
func (s *session) take(folder *spool.Folder, request *dimse.StoreRequest) (run.Object, error) {
	object := run.Object{
		SOPClassUID:       request.SOPClassUID,
		SOPInstanceUID:    request.SOPInstanceUID,
		TransferSyntaxUID: request.TransferSyntaxUID,
	}
	file, err := folder.Create()
	if err != nil {
		return object, err
	}
	if err := s.fill(file, request, &object); err != nil {
		return object, errors.Join(err, file.Drop())
	}
	if err := file.Keep(); err != nil {
		return object, err
	}
	object.File, object.Size, object.Received = file.Name, file.Size(), time.Now()
	return object, nil
}

func (s *session) fill(file *spool.File, request *dimse.StoreRequest, object *run.Object) error {
	err := file.Begin(dcm.FileMeta{
		SOPClass:       request.SOPClassUID,
		SOPInstance:    request.SOPInstanceUID,
		TransferSyntax: request.TransferSyntaxUID,
		Sender:         s.sender.CallingAE,
		Receiver:       s.sender.CalledAE,
	})
	if err != nil {
		return err
	}
	kept := s.receiver.Reserve.Writer(file)
	header, err := dcm.CopyDataset(kept, request.Data, request.TransferSyntaxUID, file)
	if err != nil {
		return err
	}
	// a data set that breaks the rules is kept as sent, with as much of its
	// header as could be read
	spool.Identify(object, header)
	return nil
}

// record gathers objects for the state database. Those that have gathered are
// recorded beside the receiving of the next ones.
func (s *session) record(ctx context.Context, object run.Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = append(s.pending, object)
	if len(s.pending) == 1 || s.series != object.SeriesUID || s.study != object.StudyUID {
		s.series, s.study = object.SeriesUID, object.StudyUID
		s.receiver.sends(s.arrival, &object)
	}
	if len(s.pending) >= recordEvery {
		s.add(ctx)
	} else if len(s.pending) == 1 && s.soon == nil && s.receiver.Prompt != nil && s.receiver.Prompt() {
		s.soon = time.AfterFunc(prompt, func() { s.promptly(ctx) })
	}
}

// promptly records what is pending, unless the association has ended.
func (s *session) promptly(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.soon = nil
	switch {
	case s.ended:
	case s.busy:
		s.soon = time.AfterFunc(prompt, func() { s.promptly(ctx) })
	default:
		s.add(ctx)
	}
}

// add records what is pending, unless something is being recorded.
func (s *session) add(ctx context.Context) {
	if s.busy || len(s.pending) == 0 {
		return
	}
	gathered := s.pending
	s.pending, s.busy, s.idle = make([]run.Object, 0, recordEvery), true, make(chan struct{})
	s.records.Go(func() {
		err := s.receiver.Arrivals.Add(ctx, s.arrival, gathered)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.busy, s.failed = false, err
		close(s.idle)
		if err != nil {
			s.receiver.Logger.Error("received objects not recorded; retrying with the next", "arrival", s.arrival, "error", err)
			s.pending = append(gathered, s.pending...)
		}
	})
}

// recorded returns when all that is pending now is recorded. What an association
// that has ended left is recorded with its end.
func (s *session) recorded(ctx context.Context) error {
	for {
		s.mu.Lock()
		wait, last := s.idle, !s.busy
		switch {
		case s.ended:
			wait, last = s.closed, true
		case s.busy: // what is pending comes after it
		case len(s.pending) == 0:
			s.mu.Unlock()
			return nil
		default:
			s.add(context.WithoutCancel(ctx))
			wait = s.idle
		}
		s.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return ctx.Err()
		}
		if last {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.failed
		}
	}
}

func (s *session) end(closing func(last []run.Object) error) error {
	s.mu.Lock()
	s.ended = true
	if s.soon != nil {
		s.soon.Stop()
	}
	s.mu.Unlock()
	s.records.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.folder == nil {
		return nil
	}
	defer close(s.closed)
	defer s.receiver.drop(s.arrival)
	// before the arrival is closed: after a crash nobody looks for unused files in
	// the folder of one that is
	if err := s.folder.Close(); err != nil {
		s.receiver.Logger.Warn("unused files are left", "arrival", s.arrival, "error", err)
	}
	return closing(s.pending)
}
