package audit

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
)

// Server is a syslog server that is reached over TLS.
type Server struct {
	Site    string // its name, as the source of the messages
	Syslog  config.Syslog
	Timeout time.Duration // of everything about one connection; 0: 30 seconds
}

// priority is that of audit messages: facility 10, severity 5 (PS3.15 §A.6.1).
const priority = 10*8 + 5

// Send sends a message for each entry over a connection of its own. Syslog has no
// answers, so the server is asked to close the connection, as it does when it has
// read to the end (RFC 5425 §4.4).
func (s *Server) Send(ctx context.Context, entries []run.Entry) (err error) {
	timeout := s.Timeout
	if timeout == 0 {
		timeout = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var all bytes.Buffer
	for _, e := range entries {
		if err := s.add(&all, e); err != nil {
			return err
		}
	}
	secured, err := access.ClientTLS(&s.Syslog.TLS)
	if err != nil {
		return fmt.Errorf("audit.syslog: %w", err)
	}
	conn, err := (&tls.Dialer{Config: secured}).DialContext(ctx, "tcp", s.Syslog.Address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closed(conn)) }()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })
	defer stop()
	if _, err := conn.Write(all.Bytes()); err != nil {
		return err
	}
	if err := conn.(*tls.Conn).CloseWrite(); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, conn); err != nil {
		return fmt.Errorf("the server did not take all: %w", err)
	}
	return nil
}

// closed closes what the other side has closed already.
func closed(conn net.Conn) error {
	if err := conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "broken pipe") {
		return err
	}
	return nil
}

// add adds the message of an entry, with its length before it (RFC 5425 §4.3).
func (s *Server) add(to *bytes.Buffer, e run.Entry) error {
	text, err := textOf(e, s.Site)
	if err != nil {
		return fmt.Errorf("entry %d: %w", e.Seq, err)
	}
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "-"
	}
	// The text is UTF-8, which the byte order mark says (RFC 5424 §6.4).
	line := fmt.Sprintf("<%d>1 %s %s raddeploy %d DICOM+RFC3881 - \xEF\xBB\xBF%s", priority, e.At.UTC().Format("2006-01-02T15:04:05.000000Z"), host, os.Getpid(), text)
	fmt.Fprintf(to, "%d %s", len(line), line)
	return nil
}
