package receive

import (
	"context"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// sent is what an open association has sent so far.
type sent struct {
	sender  run.Sender
	uids    map[dcm.UID]bool // of the series and studies
	session *session         // nil: it is about to begin
}

// Sending returns the senders of the open associations that have sent objects
// of a Series or Study Instance UID, or of the association that it is the id of.
func (r *Receiver) Sending(uid dcm.UID) []run.Sender {
	r.mu.Lock()
	defer r.mu.Unlock()
	var senders []run.Sender
	for id, s := range r.open {
		if s.uids[uid] || dcm.UID(id) == uid {
			senders = append(senders, s.sender)
		}
	}
	return senders
}

// sends remembers what an open association has sent an object of.
func (r *Receiver) sends(arrival run.ArrivalID, object *run.Object) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.open[arrival]; s != nil {
		s.uids[object.SeriesUID], s.uids[object.StudyUID] = true, true
		delete(s.uids, "") // that names nothing
	}
}

func (r *Receiver) keep(arrival run.ArrivalID, sender run.Sender) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil {
		r.open = make(map[run.ArrivalID]*sent)
	}
	r.open[arrival] = &sent{sender: sender, uids: map[dcm.UID]bool{}}
}

// begun adds its session to an open association.
func (r *Receiver) begun(s *session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open[s.arrival].session = s
}

// Record returns when every object that was answered before it was called is
// recorded, or with the error that keeps it from that.
func (r *Receiver) Record(ctx context.Context) error {
	r.mu.Lock()
	var sessions []*session
	for _, s := range r.open {
		if s.session != nil {
			sessions = append(sessions, s.session)
		}
	}
	r.mu.Unlock()
	for _, s := range sessions {
		if err := s.recorded(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (r *Receiver) drop(arrival run.ArrivalID) {
	r.mu.Lock()
	delete(r.open, arrival)
	r.mu.Unlock()
	if r.Ended != nil {
		r.Ended()
	}
}
