package slurm

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/cluster"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/job"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/state"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// ending is why an attempt was asked to end. It is noted in the attempt's
// folder before Slurm is told, so that the job's script and another plugin
// process know it too.
type ending struct {
	attempts.Ending
	Message string `json:"message,omitempty"`
}

func (n *ending) text() string { return either(n.Message, "it was stopped") }

// ends says in an exit that the attempt ended because it was asked to. What the
// executor itself gave up can never run as it is.
func (n *ending) ends(exit *sdk.Exit) {
	exit.Reason, exit.Message, exit.Permanent = n.Reason, n.text(), n.Reason == sdk.StartFailed
}

// orders are what the job was told already, by this process.
type orders struct {
	term   string // the job that was asked to end
	forced time.Time
	cancel time.Time
}

// force is how long a script has to end what it was told to end by force,
// before the whole job is cancelled.
const force = 10 * time.Second

// Stop implements [sdk.Executor]. When it returns without an error the request
// is on disk: it is carried out even if the controller does not answer now. One
// that could not be written down, as when work_dir is full, is carried out too,
// but another plugin process will not know of it.
func (e *Executor) Stop(ctx context.Context, id sdk.AttemptID, grace time.Duration) error {
	a, err := e.find(ctx, id)
	if sdk.KindOf(err) == sdk.NotFound {
		return e.stopStray(ctx, id, err)
	}
	if err != nil {
		return err
	}
	if a.View().Exit != nil {
		return nil
	}
	err = a.note(&ending{Ending: *attempts.EndNow(sdk.Stopped, grace)})
	select {
	case a.urged <- struct{}{}:
	default:
	}
	a.Retry()
	return err
}

// stopStray ends jobs of an attempt whose folder is gone.
func (e *Executor) stopStray(ctx context.Context, id sdk.AttemptID, unknown error) error {
	jobs, err := e.strays(ctx, id)
	if err != nil {
		return err
	}
	if len(jobs) == 0 {
		return unknown
	}
	for _, j := range jobs {
		if err := e.cluster.Cancel(ctx, j.ID); err != nil {
			return asError(err, "stop attempt "+string(id))
		}
	}
	return nil
}

// strays are the jobs of an attempt that have not ended, though nothing else is
// left of it.
func (e *Executor) strays(ctx context.Context, id sdk.AttemptID) (strays []cluster.Job, err error) {
	if !id.Valid() {
		return nil, nil
	}
	jobs, err := e.cluster.Find(ctx, e.jobName(id))
	if err != nil {
		return nil, asError(err, "look for attempt "+string(id))
	}
	if _, err := os.Stat(filepath.Join(e.work.path, tombstone+string(id))); err == nil {
		return nil, nil
	}
	for _, j := range jobs {
		if state.Of(j.State).Phase != state.Over && j.Comment == e.comment(string(id)) {
			strays = append(strays, j)
		}
	}
	return strays, nil
}

// enforce tells the job what the attempt was asked for: first gently, after
// grace by force, and at last without its script.
func (a *attempt) enforce(ctx context.Context, now cluster.Job) error {
	asked := a.asked()
	if asked == nil || now.ID == "" { // an id alone may be another job's by now
		return nil
	}
	doing := "stop attempt " + string(a.ID)
	running := state.Of(now.State).Phase == state.Active
	if !running {
		if err := a.e.cluster.CancelPending(ctx, now.ID); err != nil {
			return asError(err, doing)
		}
	}
	over := time.Since(asked.Until())
	switch {
	case over > force && time.Since(a.told.cancel) > force:
		a.told.cancel = time.Now()
		return asError(a.e.cluster.Cancel(ctx, now.ID), doing)
	case over >= 0 && time.Since(a.told.forced) > force/4:
		if running {
			a.told.forced = time.Now()
		}
		return asError(a.e.cluster.Signal(ctx, now.ID, "USR1"), doing)
	case over < 0 && a.told.term != now.ID+now.State:
		if err := a.e.cluster.Signal(ctx, now.ID, "TERM"); err != nil {
			return asError(err, doing) // and again: the script tells the process once
		}
		a.told.term = now.ID + now.State
	}
	return nil
}

// isGivenUp tells whether nothing that was done to end the attempt has made its
// job end.
func (a *attempt) isGivenUp() bool {
	asked := a.asked()
	return asked != nil && time.Since(asked.Until()) > 3*force
}

// askedToEnd is the end of an attempt that was asked to end before there was a job.
func (a *attempt) askedToEnd(asked *ending) *sdk.Exit {
	exit := &sdk.Exit{}
	asked.ends(exit)
	exit.Message += " before its job was submitted"
	return exit
}

// note writes the request down. The first reason counts, and the earliest end.
func (a *attempt) note(asked *ending) error {
	a.noting.Lock()
	defer a.noting.Unlock()
	if earlier := a.asked(); earlier != nil {
		both := earlier.With(&asked.Ending)
		if *both == earlier.Ending && a.onDisk {
			return nil // it has no longer than it was given
		}
		asked = &ending{Ending: *both, Message: earlier.Message}
	}
	text, err := json.Marshal(asked)
	if err == nil {
		// The script reads the line with the grace.
		left := max(0, time.Until(asked.Until()))
		lines := "grace " + strconv.FormatFloat(left.Seconds(), 'f', 3, 64) + "\n" + string(text) + "\n"
		err = a.folder.Write(job.StopFile, []byte(lines))
	}
	a.onDisk = err == nil
	a.ending.Store(asked)
	return asError(err, "note that attempt "+string(a.ID)+" is to end")
}

// asked returns the request to end the attempt, or nil.
func (a *attempt) asked() *ending { return a.ending.Load() }

// noted reads the request that an earlier plugin process wrote down, or returns
// nil.
func (a *attempt) noted() *ending {
	text, err := os.ReadFile(a.folder.Path(job.StopFile))
	_, rest, _ := strings.Cut(string(text), "\n")
	var asked ending
	if err != nil || json.Unmarshal([]byte(rest), &asked) != nil || asked.Reason == 0 {
		return nil
	}
	return &asked
}
