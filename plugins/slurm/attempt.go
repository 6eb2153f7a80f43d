package slurm

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/job"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// attempt is one open attempt, as this process sees it. One goroutine,
// [attempt.Run], brings it to its end; any number of others watch it or ask it
// to end.
type attempt struct {
	*attempts.Attempt
	e      *Executor
	folder job.Folder
	urged  chan struct{} // it was asked to end, or to end sooner
	ending atomic.Pointer[ending]

	noting sync.Mutex // of writing ending down
	onDisk bool       // ending was written

	// Of Run alone.
	plan     plan
	counted  bool      // it holds a place of the gate
	heard    int       // number of the squeue that was looked at last
	since    time.Time // when something changed last
	gone     time.Time // when Slurm first said that the job has ended
	ended    time.Time // when the record of its end was seen first
	lingered bool      // it was told that Slurm has not seen the end
	stuck    time.Time // when it was first seen pending for a reason that no time clears
	reason   string    // why it waited a tick ago
	fits     string    // the limit of its group for which it waits and than which it is not bigger
	told     orders
}

func (e *Executor) newAttempt(id sdk.AttemptID) *attempt {
	a := &attempt{Attempt: attempts.New(id), e: e, folder: e.folderOf(id), urged: make(chan struct{}, 1)}
	a.ending.Store(a.noted())
	a.onDisk = true
	return a
}

// Run implements [attempts.Runner]: it brings the attempt to its end. Each round
// begins with what is in the folder.
func (a *attempt) Run(life context.Context) {
	a.Bring(life, attempts.Rounds{
		Round:  a.round,
		Afresh: func(began time.Time, pause time.Duration) bool { return time.Since(began) > 2*pause },
		Forget: func() { a.e.attempts.Forget(a.ID) },
		Ending: sdk.Errorf(sdk.Unavailable, "slurm: the executor is ending"),
	})
	if a.counted {
		a.e.gate.gone()
	}
}

// round goes on from what is in the folder, up to the end if nothing comes between.
func (a *attempt) round(ctx context.Context) (*sdk.Exit, error) {
	names, err := a.folder.Names()
	if errors.Is(err, fs.ErrNotExist) {
		if err := a.e.work.missing(); err != nil {
			return nil, err
		}
		return &sdk.Exit{Reason: sdk.Vanished, Message: "the attempt's folder in work_dir is gone: somebody else removed it", Finished: time.Now()}, nil
	}
	if err != nil {
		return nil, asError(err, "look at attempt "+string(a.ID))
	}
	if names[job.VerdictFile] {
		var exit sdk.Exit
		if there, err := a.folder.ReadJSON(job.VerdictFile, &exit); err != nil || there {
			a.Update(func() { a.Running = a.Running || !exit.Started.IsZero() })
			return &exit, err
		}
	}
	if there, err := a.folder.ReadJSON(job.PlanFile, &a.plan); err != nil || !there {
		return nil, asError(errors.Join(err, fs.ErrNotExist), "read the plan of attempt "+string(a.ID))
	}
	a.Update(a.AcceptLocked)
	id := a.folder.ID()
	if id == "" && !names[job.ExitFile] {
		var exit *sdk.Exit
		if id, exit, err = a.submit(ctx, names[job.SubmitFile]); exit != nil || err != nil {
			return a.judged(exit), err
		}
	} else if !a.counted {
		a.e.gate.job()
		a.counted = true
	}
	exit, err := a.follow(ctx, id)
	return a.judged(exit), err
}

// judged writes down how the attempt ended, so that it is told the same for ever.
func (a *attempt) judged(exit *sdk.Exit) *sdk.Exit {
	if exit == nil {
		return nil
	}
	if exit.Finished.IsZero() {
		exit.Finished = time.Now()
	}
	exit.Started, exit.Finished = exit.Started.Round(0), exit.Finished.Round(0)
	if err := a.folder.WriteJSON(job.VerdictFile, exit); err != nil {
		a.Warn("how it ended could not be written to work_dir: " + err.Error())
	}
	if !exit.Started.IsZero() {
		a.AdvanceTo(sdk.Running)
	}
	return exit
}
