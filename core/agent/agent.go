package agent

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sync/errgroup"

	"github.com/raddeploy/raddeploy/core/access"
	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/assemble"
	"github.com/raddeploy/raddeploy/core/commit"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/deliver"
	"github.com/raddeploy/raddeploy/core/flowset"
	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/match"
	"github.com/raddeploy/raddeploy/core/metrics"
	"github.com/raddeploy/raddeploy/core/notify"
	"github.com/raddeploy/raddeploy/core/operate"
	"github.com/raddeploy/raddeploy/core/receive"
	"github.com/raddeploy/raddeploy/core/retain"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/selftest"
	"github.com/raddeploy/raddeploy/core/service"
)

// Agent is one site's agent.
type Agent struct {
	*Runner
	// Reread reads the site's configuration again, for [Agent.Reload].
	Reread func() (*config.Site, error)
	// Hangups has the agent reload for each signal; nil: none comes.
	Hangups <-chan os.Signal
	// Recent is where the agent's log is written too, for bug reports; nil: nowhere.
	Recent *Recent
	// Manager is the service manager that is told how the agent is; nil: none is.
	Manager *service.Manager

	site    *config.Site // at the start
	version string
	logger  hclog.Logger

	flows     *flowset.Set
	receiver  *receive.Receiver
	assembler *assemble.Assembler
	matcher   *match.Matcher
	deliverer *deliver.Deliverer
	outward   access.Outward
	retainer  *retain.Retainer
	operator  *operate.Operator
	notifier  *notify.Notifier
	answers   *api.Server

	register  *access.Register
	committer *commit.Committer
	counters  *metrics.Counters
	dicom     []listener    // none: it does not receive
	http      net.Listener  // nil: it does not answer over TCP
	socket    net.Listener  // nil: it does not answer on a unix socket
	reloading chan struct{} // holds one while a reload is under way
}

// New opens what a site's agent works on: its data, its flows and its addresses.
// Nothing is received yet. The caller calls Run.
func New(ctx context.Context, site *config.Site, version string, logger hclog.Logger) (*Agent, error) {
	runner, err := OpenRunner(ctx, site, logger)
	if err != nil {
		return nil, err
	}
	a := &Agent{Runner: runner, site: site, version: version, logger: logger, reloading: make(chan struct{}, 1)}
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

func (a *Agent) open(ctx context.Context) (err error) {
	if a.flows, err = flowset.Open(ctx, a.site, a.DB, a.logger.Named("flows")); err != nil {
		return err
	}
	a.connect()
	if err := a.listen(); err != nil {
		return err
	}
	a.answers = a.newAnswers()
	return nil
}

// connect joins the verbs: what each needs of the others, and who wakes whom.
func (a *Agent) connect() {
	a.matcher = match.New()
	a.matcher.Store = a.DB
	a.matcher.Flows = a.flows
	a.matcher.Headers = a.Spool
	a.matcher.Apart = selftest.Sends
	a.matcher.Schedule = a.Scheduler.Wake
	a.matcher.Logger = a.logger.Named("match")

	a.assembler = &assemble.Assembler{
		Store:   a.DB,
		Spool:   a.Spool,
		Headers: a.Spool,
		OnAbort: assemble.OnAbort(a.site.DICOM.OnAbort),
		Rules:   a.flows.Rules,
		Wake:    a.matcher.Wake,
		Logger:  a.logger.Named("assemble"),
	}
	a.matcher.Differing = a.assembler.Differing
	a.receiver = &receive.Receiver{
		Spool:    a.Spool,
		Arrivals: a.assembler,
		Reserve:  a.Reserve,
		Prompt:   a.flows.Grouping,
		Ended:    a.assembler.Ended,
		Logger:   a.logger.Named("receive"),
	}

	a.register = access.NewRegister()
	a.register.Store, a.register.Logger = a.DB, a.logger.Named("dicom")

	a.deliverer = deliver.New()
	a.deliverer.Pause = func() deliver.Pause {
		d := a.Site.Site().Delivery
		return deliver.Pause{First: d.RetryMin, Longest: d.RetryMax}
	}
	a.deliverer.GiveUpAfter = a.Site.GiveUpAfter
	a.deliverer.Store = a.DB
	a.outward = access.Outward{
		CallingAE:    a.site.DICOM.AETitle,
		SourcePort:   a.site.DICOM.SourcePort,
		Destinations: a.Site.Destinations,
		Peers:        func() []config.Peer { return a.Site.Site().DICOM.Peers },
	}
	a.committer = a.newCommitter()
	associations := &deliver.Associations{Dialer: a.outward.Dialer, SourcePort: a.site.DICOM.SourcePort, Room: a.Reserve.Room, Destinations: a.Site.Destinations}
	a.deliverer.Sender, a.deliverer.Committer = associations, associations
	a.deliverer.Folder = a.Spool.Runs().Run
	a.deliverer.Outputs = func(ctx context.Context, id run.ID) ([]string, error) {
		return deliver.Outputs(ctx, a.DB, a.Spool.Runs(), id)
	}
	a.deliverer.Logger = a.logger.Named("deliver")

	a.operator = &operate.Operator{
		Store:    a.DB,
		Match:    a.matcher.Wake,
		Schedule: a.Scheduler.Wake,
		Deliver:  a.deliverer.Wake,
		Stop:     a.deliverer.Stop,
		Spool:    a.Spool,
		Outputs:  a.deliverer.Outputs,

		Executors:   a.Fleet.Names,
		ReadDrained: a.Fleet.ReadDrained,

		Flow:         a.findFlow,
		NewRun:       a.matcher.Rerun,
		Destinations: a.Site.Destinations,
		Running:      a.DB.Running,
		Logger:       a.logger.Named("operate"),
	}

	a.retainer = a.newRetainer()
	a.notifier = a.newNotifier()
	a.count()
	a.Scheduler.Deliver = a.deliverer.Wake
	a.Engine.Locate = a.flows.Locate
}

// Run works until ctx ends. Then nothing is received any more, tasks go on in
// their runtimes without the agent, and the next agent finds them.
func (a *Agent) Run(ctx context.Context) error {
	defer a.close()
	loops, ctx := errgroup.WithContext(ctx)
	for _, loop := range []func(context.Context) error{
		a.Runner.Run, a.flows.Run, a.matcher.Run, a.deliverer.Run, a.retainer.Run, a.assemble, a.register.Run, a.serveDICOM, a.serveHTTP,
		a.watchFolder, a.reloadAtHangups, a.exportAudit, a.attend, a.answers.RunEvents, a.committer.Run, a.notifier.Run,
	} {
		loops.Go(func() error { return loop(ctx) })
	}
	a.logger.Info("agent is ready", "version", a.version, "site", a.site.Name, "ae_title", a.site.DICOM.AETitle,
		"dicom", a.dicomAddress(), "http", address(a.http), "socket", address(a.socket), "data", a.site.DataDir, "flows", len(a.flows.InForce()))
	a.sayToken()
	err := loops.Wait()
	a.logger.Info("agent has stopped", "tasks_go_on", !a.EndTasks)
	return err
}

func (a *Agent) watchFolder(ctx context.Context) error { return a.Folder.Watch(ctx, a.logger) }

func (a *Agent) assemble(ctx context.Context) error { return a.assembler.Run(ctx, a.receiver) }

// listen opens the addresses. Without one, nothing is received or answered.
func (a *Agent) listen() error {
	if err := a.listenDICOM(); err != nil {
		return err
	}
	return a.listenHTTP()
}

// listenTCP opens one address, also where what a killed agent left has it for a moment.
func listenTCP(address string) (listener net.Listener, err error) {
	err = wake.Soon(syscall.EADDRINUSE, func() (err error) {
		listener, err = net.Listen("tcp", address)
		return err
	})
	return listener, err
}

// address is where a listener is; "" without one.
func address(listener net.Listener) string {
	if listener == nil {
		return ""
	}
	return listener.Addr().String()
}

func (a *Agent) close() error {
	for _, l := range a.dicom {
		_ = l.Close() // it may be closed already
	}
	for _, l := range []net.Listener{a.http, a.socket} {
		if l != nil {
			_ = l.Close() // so may these
		}
	}
	return a.Runner.Close()
}
