package api

import (
	"time"

	"github.com/raddeploy/raddeploy/core/access"
)

// Listener is an address on which the agent receives.
type Listener struct {
	Name    string `json:"name,omitempty"` // "": the site's first
	Address string `json:"address"`
	TLS     bool   `json:"tls"`
}

// Certificate is one that the agent shows to its peers.
type Certificate struct {
	Of      string     `json:"of"` // such as: dicom, listener tls, destination pacs
	File    string     `json:"file"`
	Expires *time.Time `json:"expires,omitempty"` // absent: it cannot be read
	Problem string     `json:"problem,omitempty"`
}

func certificateOf(c access.Certificate) Certificate {
	return Certificate{Of: c.Of, File: c.File, Expires: when(c.Expires), Problem: c.Problem}
}

// listeners are where the agent receives.
func (s *Server) listeners() []Listener {
	if s.from.Listeners == nil {
		return nil
	}
	return s.from.Listeners()
}

// certificates are those that the agent shows.
func (s *Server) certificates() []Certificate {
	if s.from.Certificates == nil {
		return nil
	}
	return convert(s.from.Certificates(), certificateOf)
}
