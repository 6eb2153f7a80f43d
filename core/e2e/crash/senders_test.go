package crash_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/internal/testenv"
)

// promise is what the agent has told a sender about an object.
type promise struct {
	flow         string // that triggers on it
	dataset      string
	acknowledged bool // it got Success
	released     bool // and then the release of its association was answered
}

// ledger is what the senders remember.
type ledger struct {
	mu      sync.Mutex
	objects map[dcm.UID]*promise
	// how often the power was cut or came back: it is off while this is odd
	turns int
}

func (l *ledger) turn() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.turns
}

// turnPower is called before the power is cut, and when it is back.
func (l *ledger) turnPower() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turns++
}

// note records an answer that came over an association, and when that began.
// Nobody is answered by a machine without power: what an agent says that has
// lost its disk counts for nothing.
func (l *ledger) note(began int, objects []testenv.Object, note func(*promise)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if began != l.turns || began%2 == 1 {
		return
	}
	for _, o := range objects {
		p, ok := l.objects[o.Instance]
		if !ok {
			p = &promise{flow: o.SeriesDescription, dataset: string(o.Dataset())}
			l.objects[o.Instance] = p
		}
		note(p)
	}
}

// senders are peers of one site that send as their studies say, whatever
// becomes of the agent.
type senders struct {
	to     string // host:port
	ledger ledger
	all    sync.WaitGroup
	// called when an object or a release was answered; nil is allowed
	answered func(release bool)
}

// send begins to send a study.
func (s *senders) send(ctx context.Context, study study) {
	uid := dcm.NewUID()
	s.all.Go(func() {
		var together sync.WaitGroup
		for _, part := range study.parts {
			series := testenv.Series(part.objects)
			for i := range series {
				series[i].Study, series[i].SeriesDescription = uid, study.flow
			}
			if !study.together {
				s.part(ctx, series, part)
				continue
			}
			together.Go(func() { s.part(ctx, series, part) })
		}
		together.Wait()
	})
}

// part sends a series, and again if the sender is one that does.
func (s *senders) part(ctx context.Context, series []testenv.Object, part part) {
	end := part.end
	for ctx.Err() == nil {
		if s.associate(ctx, series, end) || !part.again {
			return
		}
		end = released
	}
}

// associate sends a series over one association, and reports whether the peer
// has answered its release.
func (s *senders) associate(ctx context.Context, series []testenv.Object, end ending) bool {
	conn := s.dial(ctx)
	if conn == nil {
		return false
	}
	began := s.ledger.turn()
	for i, o := range series {
		data := o.Dataset()
		message := dimse.StoreMessage{
			SOPClassUID: testenv.CT, SOPInstanceUID: o.Instance, TransferSyntaxUID: dcm.ExplicitVRLittleEndian,
			Data: bytes.NewReader(data), Size: int64(len(data)),
		}
		switch half := i == len(series)/2; {
		case half && end == cut:
			message.Data = io.MultiReader(bytes.NewReader(data[:len(data)/2]), broken{})
		case half && end == aborted:
			conn.Abort()
			return false
		}
		status, err := conn.Store(ctx, message)
		if err != nil || !status.Success() {
			conn.Abort()
			return false
		}
		s.ledger.note(began, series[i:i+1], func(p *promise) { p.acknowledged = true })
		s.answer(false)
	}
	if conn.Release(ctx) != nil {
		return false
	}
	s.ledger.note(began, series, func(p *promise) { p.released = true })
	s.answer(true)
	return true
}

func (s *senders) answer(release bool) {
	if s.answered != nil {
		s.answered(release)
	}
}

// dial opens an association as soon as there is an agent that takes it; nil
// when it is too late.
func (s *senders) dial(ctx context.Context) *dimse.Conn {
	dialer := &dimse.Dialer{CallingAE: testenv.CallingAE, Timeout: 10 * time.Second}
	for {
		conn, err := dialer.Dial(ctx, s.to, []dimse.PresentationContext{
			{AbstractSyntax: testenv.CT, TransferSyntaxes: []dcm.UID{dcm.ExplicitVRLittleEndian}},
		})
		if err == nil {
			return conn
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// broken is a data set that cannot be read on.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("the sender breaks off") }
