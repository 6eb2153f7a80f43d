package execute

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/redact"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
	"github.com/raddeploy/raddeploy/sdk"
)

// Executor is what an attempt needs of an executor instance.
type Executor interface {
	// Described waits until the plugin has said what it is.
	Described(ctx context.Context) error
	CheckOptions(options map[string]any) ([]byte, sdk.Diagnostics)
	ValidateTask(ctx context.Context, task *sdk.Task) (sdk.Diagnostics, error)
	Start(ctx context.Context, task *sdk.Task) (sdk.Handle, error)
	Recover(ctx context.Context, task *sdk.Task, handle sdk.Handle) error
	Watch(ctx context.Context, attempt sdk.AttemptID, emit func(sdk.Event) error) error
	Stop(ctx context.Context, attempt sdk.AttemptID, grace time.Duration) error
	Remove(ctx context.Context, attempt sdk.AttemptID) error
	Logs(ctx context.Context, attempt sdk.AttemptID, request sdk.LogRequest, emit func(sdk.LogChunk) error) error
}

// Engine executes attempts. It may run any number of them at once.
type Engine struct {
	Layout   spool.Runs
	Spool    *spool.Spool // the objects
	Statics  string       // the site's folder of static mounts
	Unpacked string       // where their archives are unpacked
	// Reserve is what of the disk stays free: neither archives nor logs go below
	// it.
	Reserve *spool.Reserve
	// LogSize is how many bytes are kept of each stream that a task prints; 0: all.
	LogSize uint64
	Logger  hclog.Logger
	Store   Store
	// TarSubdir is the sub-folders of src of flows that do not say.
	TarSubdir []string
	// Executor returns an instance by name, and Devices what it is to give to an
	// attempt that leases GPUs by these names.
	Executor func(instance string) Executor
	Devices  func(instance string, gpus []string) []sdk.Device
	// Local tells whether an executor's tasks run on this host.
	Local func(instance string) bool
	// Plugin returns the name and the version of an executor's plugin, as far as
	// they are known.
	Plugin func(instance string) (name, version string)
	// Runs is told when the process of an attempt runs. Nil: nobody is.
	Runs func(run.Attempt)
	// Locate returns the place in a flow's file that a path below one of its
	// models leads to, or none if it is unknown.
	Locate func(digest string, model int, path ...string) lang.Range

	progress progress
	mu       sync.Mutex
	locks    map[any]*keyLock
	syncs    *shared
	digests  sync.Map // of the images that were used last, by usedImage
}

// Job is one attempt with everything that it needs.
type Job struct {
	Run        run.Run
	Flow       *flow.Flow
	Attempt    run.Attempt
	Inputs     map[string]string            // the folder of each input that another task wrote
	Subdir     []string                     // sub-folders of src
	Objects    func() ([]run.Object, error) // the selected objects
	Devices    []sdk.Device                 // the GPUs that it leases
	AvoidNodes []string                     // where earlier tries were lost
	Executor   Executor
	// Recorded waits for the attempt's record, before which nothing is started; nil:
	// there is one.
	Recorded func() error
	// Resumed says that an earlier agent may have started it.
	Resumed bool
	// Canceled is closed when it is to be stopped; nil: never.
	Canceled <-chan struct{}
	// Locate returns the place in the flow's file that a path below the model
	// leads to; nil, or no place: it is not known any more.
	Locate func(path ...string) lang.Range
	// Started records when the executor accepted the attempt; Progress tells what
	// it is doing, for people.
	Started  func(sdk.Handle, time.Time) error
	Progress func(sdk.Event)
	// Doing tells what is done about it beside that, or waited for.
	Doing func(what string)

	warnings *warnings
}

func (j *Job) canceled() bool {
	select {
	case <-j.Canceled:
		return true
	default:
		return false
	}
}

func (j *Job) model() *flow.Model { return &j.Flow.Models[j.Attempt.Task] }
func (j *Job) id() sdk.AttemptID  { return sdk.AttemptID(j.Attempt.ID) }

// outputs names the outputs of the model.
func (j *Job) outputs() []string {
	names := make([]string, len(j.model().Outputs))
	for i, mount := range j.model().Outputs {
		names[i] = mount.Name
	}
	return names
}

// Result is how an attempt ended.
type Result = run.Ending

// failed is a result with the reason for it.
func failed(exit sdk.Exit, err error) Result {
	err = redact.Paths(err)
	return Result{Exit: exit, Err: err, Reason: err.Error()}
}

// Run carries an attempt to its end. The error is that of ctx: the agent stops,
// and the attempt goes on without it; or that of the attempt's record.
func (e *Engine) Run(ctx context.Context, job Job) (Result, error) {
	job.warnings = &warnings{}
	ended, err := e.run(ctx, &job)
	if err == nil {
		e.account(ctx, &job, &ended)
	}
	return ended, err
}

func (e *Engine) run(ctx context.Context, job *Job) (Result, error) {
	task, result := e.prepare(ctx, job)
	if result != nil {
		return *result, ctx.Err()
	}
	life := &life{engine: e, job: job, task: task, log: e.Logger.With("run", job.Run.ID, "attempt", job.Attempt.ID)}
	exit, err := life.live(ctx)
	if err != nil {
		return Result{}, err
	}
	e.neverRan(life.job, &exit)
	ended := e.finish(life.job, exit, life.refused, life.logs.printed.Load())
	ended.Rejected, ended.Broken = ended.Rejected || life.rejected, ended.Broken || life.broken
	ended.Started = life.started
	return ended, nil
}

// errCut is why a success does not count whose host was booted anew before its
// outputs were synced: after a loss of power a file may be short, and looks whole.
var errCut = errors.New("its outputs may be cut: this host was booted anew before they were collected")

// finish judges an exit, and collects the outputs of a success. The cause is
// what kept the attempt from its start, or nil.
func (e *Engine) finish(job *Job, exit sdk.Exit, cause error, printed bool) Result {
	job.judgeMemory(&exit)
	if !exit.Succeeded() {
		e.settle(job)
		return failed(exit, explain(exit, job.model(), cause))
	}
	if job.Attempt.Rebooted && e.Local(job.Attempt.Executor) {
		result := failed(exit, errCut)
		result.Broken = true
		return result
	}
	if err := e.collect(job, printed); err != nil {
		e.settle(job)
		var refused *refusedOutput
		result := failed(exit, err)
		if result.Rejected = errors.As(err, &refused); result.Rejected {
			result.Reason = refused.named(result.Reason)
		}
		result.Broken = !result.Rejected
		return result
	}
	return Result{Exit: exit}
}

// Forget removes what the executor holds of an ended attempt, and stops what it
// turns out to run still: that it has ended is decided. Then it removes the
// executor's folder, which may hold as much as the outputs. It can be called
// again until it succeeds.
func (e *Engine) Forget(ctx context.Context, instance string, attempt run.AttemptID) error {
	executor := e.Executor(instance)
	err := executor.Remove(ctx, sdk.AttemptID(attempt))
	if sdk.KindOf(err) == sdk.FailedPrecondition {
		err = errors.Join(err, executor.Stop(ctx, sdk.AttemptID(attempt), stopGrace))
	}
	if err == nil {
		e.removeWork(attempt)
	}
	return err
}

// removeWork removes the executor's folder of an attempt. Nothing waits for it:
// what cannot be removed goes with the run.
func (e *Engine) removeWork(attempt run.AttemptID) {
	id, task, number, ok := attempt.Split()
	if !ok {
		return
	}
	if err := spool.Remove(e.Layout.Work(id, task, number)); err != nil {
		e.Logger.Warn("what an attempt left in its executor's folder stays", "attempt", attempt, "error", redact.Paths(err))
	}
}
