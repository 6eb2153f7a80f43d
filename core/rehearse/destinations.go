package rehearse

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/scu"
)

// destinationsOf are the site's destinations, and those that flows name by
// their address, with the places where.
func destinationsOf(site *config.Site, flows []*flowfile.Loaded) map[run.Destination][]lang.Range {
	asked := make(map[run.Destination][]lang.Range)
	for _, d := range site.Destinations {
		asked[d.ForRuns()] = nil
	}
	for _, l := range flows {
		for i, d := range l.Flow.Destinations {
			if d.Name == "" {
				to := run.Destination{Host: d.Host, Port: d.Port, AETitle: dcm.AETitle(d.AETitle)}
				asked[to] = append(asked[to], l.Locate("destinations", strconv.Itoa(i)))
			}
		}
	}
	return asked
}

func (o *online) destination(ctx context.Context, to run.Destination, places []lang.Range) {
	ctx, stop := context.WithTimeout(ctx, onlineTimeout)
	defer stop()
	name := strings.TrimSpace(cmp.Or(to.Name, string(to.AETitle)+" at "+to.Address()))
	if err := o.echo(ctx, to); err != nil {
		o.say(lang.Error, places, "results for it wait until it answers: see `raddeploy dicom echo -h`", "destination %s: %v", name, err)
		return
	}
	o.fact("destination %s: answers", name)
}

func (o *online) echo(ctx context.Context, to run.Destination) error {
	outward := access.Outward{CallingAE: o.site.DICOM.AETitle, Destinations: func() config.Destinations { return o.site.Destinations }}
	dialer, _, err := outward.Dialer(to)
	if err != nil {
		return err
	}
	dialer.Timeout, dialer.ResponseTimeout, dialer.ReleaseTimeout = onlineTimeout, onlineTimeout, onlineTimeout
	return scu.Echo(ctx, dialer, to.Address())
}
