package access

import (
	"fmt"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dimse"
)

// Limits is how associations are received on each listener, as a site says: who
// may send, how much at once, and how it is secured. They are in the order of
// [config.DICOM.All]. Certificates are read from their files.
func Limits(site *config.Site, logger hclog.Logger) ([]dimse.Limits, error) {
	d := &site.DICOM
	var all []dimse.Limits
	for _, l := range d.All() {
		tls, err := renewedTLS(l.TLS, logger)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", nameOf(l), err)
		}
		peers := Peers{AETitle: d.AETitle, Listener: l, Peers: d.Peers, Reporting: site.Destinations.Committing()}
		all = append(all, dimse.Limits{
			Admit:           peers.Admit,
			Stranger:        peers.Stranger,
			Share:           peers.Share,
			Service:         peers.Service,
			MaxPDU:          d.MaxPDU,
			MaxAssociations: d.MaxAssociations,
			IdleTimeout:     d.IdleTimeout,
			TLS:             tls,
		})
	}
	return all, nil
}
