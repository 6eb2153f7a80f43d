package agent

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/assemble"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/deliver"
	"github.com/raddeploy/raddeploy/core/execute"
	"github.com/raddeploy/raddeploy/core/flowset"
	"github.com/raddeploy/raddeploy/core/inventory"
	"github.com/raddeploy/raddeploy/core/metrics"
	"github.com/raddeploy/raddeploy/core/receive"
	"github.com/raddeploy/raddeploy/core/spool"
	"github.com/raddeploy/raddeploy/core/state"
)

// Agent is one site's agent.
type Agent struct {
	// Ephemeral is set before Run where the data folder is thrown away
	// afterwards: then tasks end with the agent instead of going on.
	Ephemeral bool

	site    *config.Site
	id      string // what executors know this agent by
	version string
	logger  hclog.Logger

	lock      *os.File
	db        *state.DB
	spool     *spool.Spool
	flows     *flowset.Set
	executors []*executor
	inventory *inventory.Inventory
	engine    *execute.Engine
	receiver  *receive.Receiver
	assembler *assemble.Assembler
	deliverer *deliver.Deliverer
	progress  progress

	matching   signal
	scheduling signal
	working    sync.WaitGroup // attempts under way

	tls   *tls.Config // nil: associations are not secured
	dicom net.Listener
	http  net.Listener
}

// New opens what a site's agent works on: its data, its flows and its
// addresses. Nothing is received yet. Whoever got an agent calls Run.
func New(ctx context.Context, site *config.Site, version string, logger hclog.Logger) (*Agent, error) {
	a := &Agent{site: site, version: version, logger: logger, matching: newSignal(), scheduling: newSignal()}
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

func (a *Agent) open(ctx context.Context) (err error) {
	if err := a.site.Check().Err(); err != nil {
		return err
	}
	// executors know no working directory
	for _, dir := range []*string{&a.site.DataDir, &a.site.StaticDir} {
		if *dir, err = filepath.Abs(*dir); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(a.site.DataDir, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if a.lock, err = lockFolder(a.site.DataDir); err != nil {
		return err
	}
	if a.id, err = identity(a.site.Name, a.site.DataDir); err != nil {
		return err
	}
	if a.db, err = state.Open(ctx, filepath.Join(a.site.DataDir, "state.db")); err != nil {
		return err
	}
	if a.spool, err = spool.Open(a.site.DataDir); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(a.site.DataDir, "statics"), 0o755); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if a.inventory, err = inventory.Open(filepath.Join(a.site.DataDir, "gpus.json")); err != nil {
		return err
	}
	if err := a.openExecutors(ctx); err != nil {
		return err
	}
	if a.tls, err = access.ServerTLS(a.site.DICOM.TLS); err != nil {
		return err
	}
	if a.flows, err = flowset.Open(ctx, a.site, a.db, a.logger.Named("flows")); err != nil {
		return err
	}
	a.wire()
	return a.listen()
}

// listen opens the doors. One without an address stays closed.
func (a *Agent) listen() (err error) {
	if address := a.site.DICOM.Listen; address != "" {
		if a.dicom, err = net.Listen("tcp", address); err != nil {
			return fmt.Errorf("receive DICOM on %s: %w: change dicom { listen }, or end what holds the port", address, err)
		}
	}
	if address := a.site.HTTP.Listen; address != "" {
		if a.http, err = net.Listen("tcp", address); err != nil {
			return fmt.Errorf("answer HTTP on %s: %w: change http { listen }, or end what holds the port", address, err)
		}
	}
	return nil
}

// wire joins the rooms: who notes what where, and who wakes whom.
func (a *Agent) wire() {
	a.engine = &execute.Engine{
		Layout:   a.spool.Runs(),
		Spool:    a.spool,
		Statics:  a.site.StaticDir,
		Unpacked: filepath.Join(a.site.DataDir, "statics"),
		Logger:   a.logger.Named("execute"),
	}
	a.assembler = &assemble.Assembler{
		DB:      a.db,
		Spool:   a.spool,
		OnAbort: assemble.OnAbort(a.site.DICOM.OnAbort),
		Wake:    a.matching.wake,
		Logger:  a.logger.Named("assemble"),
	}
	a.receiver = &receive.Receiver{
		Spool:    a.spool,
		Arrivals: a.assembler,
		Reserve:  a.site.Retention.Reserve,
		Logger:   a.logger.Named("receive"),
	}
	a.deliverer = deliver.New()
	a.deliverer.Pause = deliver.Pause{First: a.site.Delivery.RetryMin, Longest: a.site.Delivery.RetryMax}
	a.deliverer.DB = a.db
	a.deliverer.CallingAE = a.site.DICOM.AETitle
	a.deliverer.TLS = access.Destinations(a.site.Destinations).TLS
	a.deliverer.SourcePort = a.site.DICOM.SourcePort
	a.deliverer.Folder = a.engine.Layout.Run
	a.deliverer.Outputs = a.outputs
	a.deliverer.Logger = a.logger.Named("deliver")
}

// Run works until ctx ends. Then nothing is received any more, tasks go on in
// their runtimes without the agent, and the next agent finds them.
func (a *Agent) Run(ctx context.Context) error {
	defer a.close()
	if err := a.assembler.Recover(ctx, a.receiver); err != nil {
		a.logger.Error("recovering; tried again while running", "error", err)
	}
	// Executors outlive the loops, which need them to their end.
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var executors errgroup.Group
	loops, ctx := errgroup.WithContext(ctx)
	for _, e := range a.executors {
		executors.Go(func() error { return e.Run(running) })
		loops.Go(func() error { return a.watchExecutor(ctx, e) })
		loops.Go(func() error { return a.reap(ctx, e) })
	}
	loops.Go(func() error { return a.flows.Run(ctx) })
	loops.Go(func() error { return a.match(ctx) })
	loops.Go(func() error { return a.schedule(ctx) })
	loops.Go(func() error { return a.deliverer.Run(ctx) })
	loops.Go(func() error { return a.housekeep(ctx) })
	if a.http != nil {
		loops.Go(func() error { return a.serveHTTP(ctx) })
	}
	if a.dicom != nil {
		loops.Go(func() error { return a.server().Serve(ctx, a.dicom) })
	}
	a.logger.Info("agent is ready", "version", a.version, "site", a.site.Name, "ae_title", a.site.DICOM.AETitle,
		"dicom", address(a.dicom), "http", address(a.http), "data", a.site.DataDir, "flows", len(a.flows.InForce()))
	err := loops.Wait()
	a.working.Wait()
	if a.Ephemeral {
		a.endTasks(running)
	}
	stop()
	err = errors.Join(err, executors.Wait())
	a.logger.Info("agent has ended", "tasks_go_on", !a.Ephemeral)
	return err
}

// address is where a door is; "" for one that stays closed.
func address(door net.Listener) string {
	if door == nil {
		return ""
	}
	return door.Addr().String()
}

// DICOMAddr is the address on which the agent receives.
func (a *Agent) DICOMAddr() net.Addr { return a.dicom.Addr() }

// HTTPAddr is the address on which the agent answers.
func (a *Agent) HTTPAddr() net.Addr { return a.http.Addr() }

// housekeep takes up what could not be noted when it happened.
func (a *Agent) housekeep(ctx context.Context) error {
	for {
		select {
		case <-time.After(look):
		case <-ctx.Done():
			return nil
		}
		if err := a.assembler.Recover(ctx, a.receiver); err != nil && ctx.Err() == nil {
			a.logger.Error("housekeeping; trying again", "error", err)
		}
	}
}

func (a *Agent) serveHTTP(ctx context.Context) error {
	doors := http.NewServeMux()
	doors.Handle("/v1/", a.api().Handler())
	doors.Handle("GET /metrics", metrics.Handler(a.metrics()))
	server := &http.Server{Handler: doors, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(a.http); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("answer HTTP: %w", err)
	}
	return nil
}

func (a *Agent) close() error {
	var errs []error
	for _, listener := range []net.Listener{a.dicom, a.http} {
		if listener != nil {
			_ = listener.Close() // it may be closed already
		}
	}
	if a.db != nil {
		errs = append(errs, a.db.Close())
	}
	if a.lock != nil {
		errs = append(errs, a.lock.Close())
	}
	return errors.Join(errs...)
}
