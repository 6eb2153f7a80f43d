package cli

import (
	"flag"
	"time"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/problem"
)

// peerFlags say how an association with a DICOM node is requested.
type peerFlags struct {
	calling, called           string
	timeout                   time.Duration // 0: the default of the DICOM layer
	secured                   bool
	caFile, certFile, keyFile string
}

const peerHelp = `
  -aet TITLE     our own AE title (default RADDEPLOY)
  -aec TITLE     the AE title that is called (default ANY-SCP)
  -tls           secure the association; the node's certificate is checked
  -ca FILE       the authority that has to have signed it, in PEM (default: those that this host
                 trusts)
  -cert FILE     the certificate that is shown to the node, in PEM
  -key FILE      its key`

func (p *peerFlags) register(set *flag.FlagSet) {
	set.StringVar(&p.calling, "aet", "RADDEPLOY", "")
	set.StringVar(&p.called, "aec", "ANY-SCP", "")
	set.BoolVar(&p.secured, "tls", false, "")
	set.StringVar(&p.caFile, "ca", "", "")
	set.StringVar(&p.certFile, "cert", "", "")
	set.StringVar(&p.keyFile, "key", "", "")
}

func (p *peerFlags) dialer() (*dimse.Dialer, error) {
	calling, err := dcm.ParseAETitle(p.calling)
	if err != nil {
		return nil, err
	}
	called, err := dcm.ParseAETitle(p.called)
	if err != nil {
		return nil, err
	}
	if (p.certFile == "") != (p.keyFile == "") {
		return nil, problem.New("a certificate needs its key, and a key its certificate", "give both -cert FILE and -key FILE")
	}
	secured, err := access.ClientTLS(p.tls())
	if err != nil {
		return nil, err
	}
	return &dimse.Dialer{CallingAE: calling, CalledAE: called, TLS: secured, Timeout: p.timeout, ResponseTimeout: p.timeout, ReleaseTimeout: p.timeout}, nil
}

// tls is how the association is secured; nil: it is not.
func (p *peerFlags) tls() *config.ClientTLS {
	files := config.ClientTLS{CAFile: p.caFile, CertFile: p.certFile, KeyFile: p.keyFile}
	if !p.secured && files == (config.ClientTLS{}) {
		return nil
	}
	return &files
}
