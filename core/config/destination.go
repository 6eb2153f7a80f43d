package config

import (
	"slices"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// Destination is a DICOM node that results can be sent to.
type Destination struct {
	Name    string
	Host    string
	Port    int
	AETitle dcm.AETitle
	TLS     *ClientTLS // nil: no TLS

	CallingAE      dcm.AETitle   // "": the site's
	ConnectTimeout time.Duration // for a connection and its negotiation; 0: the default of the DICOM layer
	Timeout        time.Duration // for an answer, or to take the next bytes; 0: the same
	ReleaseTimeout time.Duration // for the answer to a release; 0: the same
	MaxPDU         int           // bytes; 0: the same
	Associations   int           // at once; 0: one
	Decompress     bool          // compressed objects that it does not take

	Commitment   bool          // it is asked for storage commitment
	CommitWithin time.Duration // how long it has to commit, in the time that agents run
	CommitWait   time.Duration // for its report on the association on which it was asked
}

// Defaults of a destination that is asked for storage commitment.
const (
	DefaultCommitWithin = 6 * time.Hour
	DefaultCommitWait   = 5 * time.Second
)

// ForRuns returns the destination as runs keep it.
func (d Destination) ForRuns() run.Destination {
	return run.Destination{Name: d.Name, Host: d.Host, Port: d.Port, AETitle: d.AETitle}
}

// Destinations are those that a site names.
type Destinations []Destination

// Named returns the destination of that name, if there is one.
func (d Destinations) Named(name string) (Destination, bool) {
	i := slices.IndexFunc(d, func(one Destination) bool { return one.Name == name })
	if i < 0 {
		return Destination{}, false
	}
	return d[i], true
}

// Of returns what the site says of a run's destination: of the one that has its
// name or, where a flow gives host and port, or results go back to their sender,
// of the one at that host and port, by preference with that AE title. Where there
// is none, nothing is said beyond how it is reached. It reports false of a name
// that the site does not have.
func (d Destinations) Of(to run.Destination) (Destination, bool) {
	known, ok := d.Named(to.Name)
	if to.Name == "" {
		known = d.at(to)
	}
	known.Name, known.Host, known.Port, known.AETitle = to.Name, to.Host, to.Port, to.AETitle
	return known, ok || to.Name == ""
}

// Committing are the AE titles of those that are asked for storage commitment.
func (d Destinations) Committing() (titles []dcm.AETitle) {
	for _, one := range d {
		if one.Commitment {
			titles = append(titles, one.AETitle)
		}
	}
	return titles
}

// at returns the destination at a host and port, or the zero value.
func (d Destinations) at(to run.Destination) (found Destination) {
	for _, one := range d {
		if !strings.EqualFold(one.Host, to.Host) || one.Port != to.Port {
			continue
		}
		if one.AETitle == to.AETitle {
			return one
		}
		if found.Name == "" {
			found = one
		}
	}
	return found
}

// ClientTLS is how an association to a destination is encrypted.
type ClientTLS struct {
	CAFile     string // "": the system's
	CertFile   string // "": no certificate is shown
	KeyFile    string
	ServerName string // "": the destination's host
}
