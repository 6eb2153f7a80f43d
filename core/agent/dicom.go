package agent

import (
	"context"
	"net"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/problem"
)

// listener receives associations on one address.
type listener struct {
	site     config.Listener // at the start
	provider *dimse.Server
	net.Listener
}

// listenDICOM opens the addresses on which associations are received.
func (a *Agent) listenDICOM() error {
	limits, err := access.Limits(a.site, a.logger.Named("dicom"))
	if err != nil {
		return err
	}
	places := &dimse.Places{}
	for i, l := range a.site.DICOM.All() {
		if l.Listen == "" {
			continue
		}
		open, err := listenTCP(l.Listen)
		if err != nil {
			return &problem.Error{Op: "receive DICOM on", Object: l.Listen, Cause: err, Advice: "change " + l.Block() + " { listen }, or end what holds the port"}
		}
		provider := &dimse.Server{NewSession: a.newSession, Rejected: a.rejected, Places: places, Logger: a.logger.Named("dicom")}
		provider.Change(limits[i])
		a.dicom = append(a.dicom, listener{l, provider, open})
	}
	return nil
}

// newSession serves a new association, and counts it.
func (a *Agent) newSession(ctx context.Context, association *dimse.Association) (dimse.Session, *dimse.Reject) {
	session, reject := a.receiver.NewSession(ctx, association)
	if reject != nil {
		return nil, reject
	}
	a.register.Accepted(association)
	a.counters.Accepted(association)
	return services{session, a.committer.On(association), a.deliverer}, nil
}

// services are those that are served on one association.
type services struct {
	dimse.Session
	dimse.Performer
	dimse.Informed
}

// rejected counts an association that came about at no listener.
func (a *Agent) rejected(rq *dimse.AssociateRequest, reason string) {
	a.register.Rejected(rq, reason)
	a.counters.Rejected(rq, reason)
}

// admit puts limits into force, which are those of the site's listeners in their
// order.
func (a *Agent) admit(site *config.Site, limits []dimse.Limits) {
	for i, l := range site.DICOM.All() {
		for _, open := range a.dicom {
			if open.site.Name == l.Name {
				open.provider.Change(limits[i])
			}
		}
	}
}

// serveDICOM receives associations.
func (a *Agent) serveDICOM(ctx context.Context) error {
	listeners, ctx := errgroup.WithContext(ctx)
	for _, l := range a.dicom {
		listeners.Go(func() error { return l.provider.Serve(ctx, l.Listener) })
	}
	return listeners.Wait()
}

// DICOMAddr is the address on which the agent receives; of several, the first.
func (a *Agent) DICOMAddr() net.Addr { return a.dicom[0].Addr() }

// dicomAddress is that as text; "": it does not receive.
func (a *Agent) dicomAddress() string {
	if len(a.dicom) == 0 {
		return ""
	}
	return address(a.dicom[0].Listener)
}

// listeners are where the agent receives.
func (a *Agent) listeners() []api.Listener {
	secured := map[string]bool{}
	for _, l := range a.Site.Site().DICOM.All() {
		secured[l.Name] = l.TLS != nil
	}
	var all []api.Listener
	for _, l := range a.dicom {
		all = append(all, api.Listener{Name: l.site.Name, Address: l.Addr().String(), TLS: secured[l.site.Name]})
	}
	return all
}

// certificates are those that the agent shows to its peers.
func (a *Agent) certificates() []access.Certificate {
	return access.Certificates(a.Site.Site(), time.Now())
}
