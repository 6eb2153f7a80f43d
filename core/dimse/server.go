package dimse

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/internal/wake"
)

// Defaults of Server.
const (
	DefaultMaxPDU          = 256 << 10
	DefaultMaxAssociations = 64
	DefaultARTIM           = 30 * time.Second
	DefaultIdleTimeout     = 5 * time.Minute
	DefaultGrace           = 10 * time.Second
)

// Server is a provider of C-ECHO and C-STORE. Its zero value answers C-ECHO to
// everybody. The fields must not change while it serves; [Server.Change] changes
// what may.
type Server struct {
	// Admit decides about a peer before anything else is done for it; nil
	// admits everybody.
	Admit func(*AssociateRequest) *Reject
	// Accepts decides which abstract syntaxes are accepted; nil means Storable.
	// Verification always is.
	Accepts func(abstractSyntax dcm.UID) bool
	// Rejected is told of each association that was refused, and of each connection
	// on which none was requested in a form that is understood: then the titles are
	// empty. Nil: nobody is.
	Rejected func(rq *AssociateRequest, reason string)
	// NewSession makes the receiver of an association's objects, after Admit
	// and before the association is accepted. ctx ends with the association.
	// Without NewSession no object is taken.
	NewSession func(ctx context.Context, a *Association) (Session, *Reject)

	MaxPDU          int // the longest P-DATA-TF body taken, in bytes; 0 = DefaultMaxPDU
	MaxAssociations int // more are rejected as transient; 0 = DefaultMaxAssociations
	// C-STOREs open at once on an association that negotiates it; 0 = 16, the most
	MaxOperations int
	// for a peer to request an association, and to close one that has ended; 0
	// = DefaultARTIM
	ARTIM time.Duration
	// for a peer to send, or to take, the next bytes; 0 = DefaultIdleTimeout
	IdleTimeout time.Duration
	// for associations to end by themselves when Serve is to end; 0 = DefaultGrace
	Grace  time.Duration
	TLS    *tls.Config  // nil = no TLS
	Logger hclog.Logger // nil = no log
	Places *Places      // shared with other servers; nil = it has its own

	changed atomic.Pointer[Limits] // nil: as the fields say
	own     Places
	serial  atomic.Uint64 // associations so far
}

// Limits are what may change while a Server serves, with the meaning of its
// fields.
type Limits struct {
	Admit                   func(*AssociateRequest) *Reject
	MaxPDU, MaxAssociations int
	IdleTimeout             time.Duration
	TLS                     *tls.Config

	// Stranger reports whether no peer can have an address. Such a connection is
	// told so if it asks soon, and takes no place of others. Nil: none is.
	Stranger func(netip.Addr) bool
	// Service says in which roles a peer may use a SOP class that is not for storage,
	// such as storage commitment; none: it is not accepted. Nil: no peer may use any.
	Service func(rq *AssociateRequest, sopClass dcm.UID) Roles
	// Share names the share of a peer that was admitted, and how many associations
	// it may have at once; 0: as many as there are places. Nil: nobody has a share.
	Share func(*AssociateRequest) (name string, most int)
}

// Roles are those that a peer may have towards a SOP class.
type Roles struct {
	User     bool // it may request operations of this side
	Provider bool // it may report events to this side
}

func (r Roles) any() bool { return r.User || r.Provider }

// Change replaces the limits at once and as a whole, for connections that are
// accepted from now on. Those that are open keep theirs to their end.
func (s *Server) Change(to Limits) { s.changed.Store(&to) }

// limits are those of a connection that is accepted now.
func (s *Server) limits() Limits {
	if changed := s.changed.Load(); changed != nil {
		return *changed
	}
	return Limits{Admit: s.Admit, MaxPDU: s.MaxPDU, MaxAssociations: s.MaxAssociations, IdleTimeout: s.IdleTimeout, TLS: s.TLS}
}

func (s *Server) places() *Places {
	if s.Places != nil {
		return s.Places
	}
	return &s.own
}

// Serve accepts connections until ctx ends, then lets open associations go on
// for the grace time, aborts what is left, and returns nil when all have ended.
// It closes l. Any other end is an error of l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	// Associations outlive ctx by the grace time.
	associations, abort := context.WithCancelCause(context.WithoutCancel(ctx))
	defer abort(nil)
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	defer func() { _ = l.Close() }()

	var all sync.WaitGroup
	err := s.accept(ctx, l, func(conn net.Conn) {
		all.Go(func() { s.serveConn(ctx, associations, conn) })
	})
	ended := make(chan struct{})
	go func() { all.Wait(); close(ended) }()
	if err == nil {
		grace := time.NewTimer(orDefault(s.Grace, DefaultGrace))
		defer grace.Stop()
		select {
		case <-ended:
		case <-grace.C:
		}
	}
	abort(ErrServerStopped)
	<-ended
	return err
}

// accept hands connections to serve until ctx ends (nil) or the listener is broken.
func (s *Server) accept(ctx context.Context, l net.Listener, serve func(net.Conn)) error {
	backoff, failed := wake.Backoff{First: 5 * time.Millisecond, Longest: time.Second}, 0
	for {
		conn, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				_ = conn.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("accept DICOM connections on %v: %w", l.Addr(), err)
		case err != nil: // such as too many open files: it passes
			failed++
			s.logger().Warn("connection not accepted", "error", err)
			_ = wake.Sleep(ctx, backoff.After(failed))
		default:
			failed = 0
			serve(conn)
		}
	}
}

func (s *Server) logger() hclog.Logger {
	if s.Logger == nil {
		return hclog.NewNullLogger()
	}
	return s.Logger
}

func (s *Server) accepts(abstractSyntax dcm.UID, service Roles) bool {
	switch {
	case abstractSyntax == dcm.Verification:
		return true
	case s.NewSession == nil:
		return false
	case service.any():
		return true
	case s.Accepts != nil:
		return s.Accepts(abstractSyntax)
	}
	return Storable(abstractSyntax)
}

// orDefault returns value, or fallback if value is not positive.
func orDefault[T int | time.Duration](value, fallback T) T {
	if value <= 0 {
		return fallback
	}
	return value
}
