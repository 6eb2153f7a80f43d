package scu_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/scu"
)

// peer is a DICOM node whose behaviour a test sets.
type peer struct {
	status   func(dcm.UID) dimse.Status // nil: success
	released func()                     // called before a release is answered
	limit    int                        // of associations; 0: the default

	mu   sync.Mutex
	took []dcm.UID
}

func (p *peer) Store(_ context.Context, r *dimse.StoreRequest) dimse.Status {
	_, _ = io.Copy(io.Discard, r.Data)
	status := dimse.Success
	if p.status != nil {
		status = p.status(r.SOPInstanceUID)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !status.Failure() {
		p.took = append(p.took, r.SOPInstanceUID)
	}
	return status
}

func (p *peer) Released(context.Context) error {
	if p.released != nil {
		p.released()
	}
	return nil
}

func (p *peer) Aborted(error) {}

func (p *peer) got() []dcm.UID {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]dcm.UID(nil), p.took...)
}

// listen starts the peer and returns its address.
func (p *peer) listen(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	server := &dimse.Server{
		NewSession:      func(context.Context, *dimse.Association) (dimse.Session, *dimse.Reject) { return p, nil },
		MaxAssociations: p.limit, Grace: time.Millisecond,
	}
	go func() { defer close(ended); _ = server.Serve(ctx, listener) }()
	t.Cleanup(func() { stop(); <-ended })
	return listener.Addr().String()
}

// breaks stands before a peer and breaks each connection on which one of some SOP
// instances is sent.
func breaks(t *testing.T, peer string, at ...dcm.UID) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { between(client, peer, at) })
		}
	})
	t.Cleanup(func() { _ = listener.Close(); all.Wait() })
	return listener.Addr().String()
}

func between(client net.Conn, peer string, at []dcm.UID) {
	server, err := net.Dial("tcp", peer)
	if err != nil {
		_ = client.Close()
		return
	}
	end := sync.OnceFunc(func() { _, _ = client.Close(), server.Close() })
	defer end()
	var back sync.WaitGroup
	defer back.Wait()
	defer end()
	back.Go(func() { defer end(); _, _ = io.Copy(client, server) })
	var seen []byte
	for buf := make([]byte, 1<<16); ; {
		n, err := client.Read(buf)
		seen = append(seen, buf[:n]...)
		for _, instance := range at {
			if bytes.Contains(seen, []byte(instance+"\x00")) {
				return
			}
		}
		if _, failed := server.Write(buf[:n]); err != nil || failed != nil {
			return
		}
		seen = seen[max(0, len(seen)-64):]
	}
}

// outcomes are what became of files, the last of each, and a report that gathers
// them.
type outcomes struct {
	t        testing.TB
	last     []scu.Outcome
	answered []int // how many had an outcome each time that an association was answered
	broke    int
}

func (o *outcomes) report(files []scu.File) scu.Report {
	o.last = make([]scu.Outcome, len(files))
	known := 0
	return scu.Report{
		Result: func(i int, outcome scu.Outcome) error {
			o.last[i] = outcome
			if known++; outcome.Broke {
				o.broke++
				known--
			}
			return nil
		},
		Answered: func() error { o.answered = append(o.answered, known); return nil },
	}
}

// sent are the indexes of the files that were sent.
func (o *outcomes) sent() (indexes []int) {
	for i, outcome := range o.last {
		if outcome.Sent {
			indexes = append(indexes, i)
		}
	}
	return indexes
}

// send sends files and returns what became of them. An error fails the test.
func send(t *testing.T, s *scu.Sender, files []scu.File) *outcomes {
	t.Helper()
	if s.Dialer == nil {
		s.Dialer = &dimse.Dialer{}
	}
	o := &outcomes{t: t}
	if err := s.Send(t.Context(), files, o.report(files)); err != nil {
		t.Fatal(err)
	}
	return o
}
