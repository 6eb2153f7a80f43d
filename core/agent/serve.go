package agent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/access/web"
	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/decompress"
	"github.com/raddeploy/raddeploy/core/picture"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
	"github.com/raddeploy/raddeploy/core/ui"
)

// newAnswers makes what the agent can be asked and told.
func (a *Agent) newAnswers() *api.Server {
	files := a.Spool.Runs()
	return api.New(api.Sources{
		Agent: api.Agent{
			Version: a.version,
			Site:    a.site.Name,
			AETitle: string(a.site.DICOM.AETitle),
			DICOM:   a.dicomAddress(),
		},
		DB:     a.DB,
		Log:    func(t run.Attempt, stream string) string { return files.Log(t.Run, t.Task, t.Number, stream) },
		Doing:  a.Engine.Doing,
		Source: files.Source,
		Waits: func(ctx context.Context, arrival run.Arrival) []string {
			return a.assembler.Waits(ctx, arrival, a.receiver)
		},
		Flows:    a.flows,
		Fleet:    a.Fleet,
		Problems: a.Folder.Problems,
		Copy:     func(ctx context.Context) (*os.File, error) { return a.Folder.Copy(ctx, a.Reserve.Bytes()) },
		Reload:   a.Reload,
		Check:    a.outward.Check,
		Logger:   a.logger.Named("http"),
		Recent:   func() []string { return a.Recent.Lines() },

		Operator: a.operator,
		Drawer:   picture.NewDrawer(decompress.Room{Dir: files.Dir, Free: a.Reserve.Room}),
		Spool:    a.Spool,
		Notifier: a.notifier,

		Retention: a.retainer, Space: a.space, Destinations: a.Site.Destinations,
		Peers:     api.PeerSource{Contacts: a.register.List, Named: a.namedPeers, Accept: a.acceptLines},
		Listeners: a.listeners, Certificates: a.certificates,
	})
}

// serveHTTP answers the API and scrapes.
func (a *Agent) serveHTTP(ctx context.Context) error {
	if a.http == nil {
		return nil
	}
	routes := http.NewServeMux()
	routes.Handle("/v1/", a.answers.Handler())
	scrapes := web.NewMux()
	scrapes.Handle("GET /metrics", a.scrapes())
	routes.Handle("/metrics", scrapes)
	pages := ui.New(a.answers, a.flows.InForce, a.logger.Named("ui"))
	routes.Handle("/", pages.Handler())
	guard, err := a.guard()
	if err != nil {
		return err
	}
	loops, ctx := errgroup.WithContext(ctx)
	loops.Go(func() error { return pages.Run(ctx) })
	loops.Go(func() error { return guard.Run(ctx) })
	loops.Go(func() error { return a.answer(ctx, guard.Handler(routes)) })
	return loops.Wait()
}

// answer answers requests on all listeners until ctx ends.
func (a *Agent) answer(ctx context.Context, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, ConnContext: web.ConnContext, ConnState: web.ConnState, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		HTTP2: &http.HTTP2Config{MaxConcurrentStreams: 100, WriteByteTimeout: 30 * time.Second},
		// Such as a handshake that fails: anybody who reaches the listener can cause it.
		ErrorLog: a.logger.Named("http").StandardLogger(&hclog.StandardLoggerOptions{ForceLevel: hclog.Debug}),
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	var listeners errgroup.Group
	for _, l := range []net.Listener{a.http, a.socket} {
		if l != nil {
			listeners.Go(func() error { return server.Serve(l) })
		}
	}
	if err := listeners.Wait(); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("answer HTTP: %w", err)
	}
	return nil
}

// space is that of the disk of the agent's data.
func (a *Agent) space() (free, total, reserve uint64, err error) {
	if total, err = spool.TotalIn(a.site.DataDir); err != nil {
		return 0, 0, 0, err
	}
	free, err = a.Reserve.Free()
	return free, total, a.Reserve.Bytes(), err
}
