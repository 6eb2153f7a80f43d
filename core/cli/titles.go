package cli

import (
	"flag"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
)

// titles are the AE titles of both sides of an association.
type titles struct{ calling, called string }

const titlesHelp = `
  -aet TITLE     our own AE title (default RADDEPLOY)
  -aec TITLE     the AE title that is called (default ANY-SCP)`

func (t *titles) register(set *flag.FlagSet) {
	set.StringVar(&t.calling, "aet", "RADDEPLOY", "")
	set.StringVar(&t.called, "aec", "ANY-SCP", "")
}

func (t *titles) dialer() (*dimse.Dialer, error) {
	calling, err := dcm.ParseAETitle(t.calling)
	if err != nil {
		return nil, err
	}
	called, err := dcm.ParseAETitle(t.called)
	if err != nil {
		return nil, err
	}
	return &dimse.Dialer{CallingAE: calling, CalledAE: called}, nil
}
