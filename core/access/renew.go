package access

import (
	"crypto/tls"
	"os"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
)

// renewed is a listener's TLS whose files are read again when they have changed,
// so that a renewed certificate counts for the next association. While what they
// hold does not serve, as in the middle of a change, what was read before counts.
type renewed struct {
	files  config.ServerTLS
	logger hclog.Logger

	mu      sync.Mutex
	current *tls.Config
	stamps  [3]stamp
}

// stamp tells one content of a file from another.
type stamp struct {
	size     int64
	modified time.Time
}

// renewedTLS returns the TLS of a listener; nil: it has none.
func renewedTLS(c *config.ServerTLS, logger hclog.Logger) (*tls.Config, error) {
	if c == nil {
		return nil, nil
	}
	r := &renewed{files: *c, logger: logger}
	r.stamps = r.look()
	var err error
	if r.current, err = ServerTLS(c); err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return r.now(), nil }}, nil
}

// now returns what counts for a handshake that begins.
func (r *renewed) now() *tls.Config {
	r.mu.Lock()
	defer r.mu.Unlock()
	stamps := r.look()
	if stamps == r.stamps {
		return r.current
	}
	r.stamps = stamps // what does not serve is said once
	next, err := ServerTLS(&r.files)
	if err != nil {
		r.logger.Error("changed certificate not read; the one before counts", "file", r.files.CertFile, "error", err)
		return r.current
	}
	r.logger.Info("changed certificate read", "file", r.files.CertFile)
	r.current = next
	return next
}

func (r *renewed) look() (stamps [3]stamp) {
	for i, file := range []string{r.files.CertFile, r.files.KeyFile, r.files.ClientCAFile} {
		if info, err := os.Stat(file); err == nil {
			stamps[i] = stamp{info.Size(), info.ModTime()}
		}
	}
	return stamps
}
