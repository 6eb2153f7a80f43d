package access

import (
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dimse"
)

// Limits is how associations are received, as a site says: who may send, how
// much at once, and how it is secured. Certificates are read from their files.
func Limits(d config.DICOM) (dimse.Limits, error) {
	tls, err := ServerTLS(d.TLS)
	if err != nil {
		return dimse.Limits{}, err
	}
	return dimse.Limits{
		Admit:           Peers{AETitle: d.AETitle, CheckCalledAE: d.CheckCalledAE, Peers: d.Peers}.Admit,
		MaxPDU:          int(d.MaxPDU),
		MaxAssociations: d.MaxAssociations,
		IdleTimeout:     d.IdleTimeout,
		TLS:             tls,
	}, nil
}
