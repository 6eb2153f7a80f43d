package cli

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"sync"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/scu"
	"github.com/raddeploy/raddeploy/core/selftest"
)

// sendSynthetic sends a test's series to the agent as a scanner would.
func sendSynthetic(ctx context.Context, status *api.Status, paths []string) (string, error) {
	address, err := listenerOf(status)
	if err != nil {
		return "", err
	}
	called, err := dcm.ParseAETitle(status.AETitle)
	if err != nil {
		return "", err
	}
	var files []scu.File
	for _, path := range paths {
		content, err := os.Open(path)
		if err != nil {
			return "", err
		}
		file, err := scu.Identify(path, content)
		content.Close()
		if err != nil {
			return "", err
		}
		files = append(files, file)
	}
	sent, reason := 0, ""
	sender := &scu.Sender{Dialer: &dimse.Dialer{CallingAE: selftest.CallingAE, CalledAE: called}, Address: address}
	err = sender.Send(ctx, files, scu.Report{Result: func(_ int, o scu.Outcome) error {
		if o.Sent {
			sent++
		} else {
			reason = o.Reason
		}
		return nil
	}})
	switch {
	case err != nil:
		return "", err
	case sent < len(files):
		return "", fmt.Errorf("%d of %d objects were taken: %s", sent, len(files), reason)
	}
	return fmt.Sprintf("%s taken by %s on %s", problem.Counted(sent, "object"), called, address), nil
}

// returns receives what comes back, and keeps none of it.
type returns struct {
	port int
	stop context.CancelFunc
	done chan error

	mu        sync.Mutex
	instances map[dcm.UID]bool
}

// listenForReturns opens a free port of this host.
func listenForReturns(ctx context.Context) (*returns, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	r := &returns{port: listener.Addr().(*net.TCPAddr).Port, stop: stop, done: make(chan error, 1)}
	server := &dimse.Server{
		NewSession: func(context.Context, *dimse.Association) (dimse.Session, *dimse.Reject) { return r, nil },
		Logger:     hclog.NewNullLogger(),
	}
	go func() { r.done <- server.Serve(ctx, listener) }()
	return r, nil
}

func (r *returns) close() {
	r.stop()
	<-r.done
}

func (r *returns) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.instances = make(map[dcm.UID]bool)
}

func (r *returns) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.instances)
}

// Store implements [dimse.Session].
func (r *returns) Store(_ context.Context, request *dimse.StoreRequest) dimse.Status {
	if _, err := io.Copy(io.Discard, request.Data); err != nil {
		return dimse.OutOfResources
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.instances[request.SOPInstanceUID] = true
	return dimse.Success
}

// Released implements [dimse.Session].
func (r *returns) Released(context.Context) error { return nil }

// Aborted implements [dimse.Session].
func (r *returns) Aborted(error) {}
