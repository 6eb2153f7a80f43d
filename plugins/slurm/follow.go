package slurm

import (
	"context"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/cluster"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/job"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/state"
	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/attempts"
)

// young is how long after a change the next one is expected.
const young = time.Minute

// patient is how long Slurm may take to see that a job has ended before it is
// said that this is what the attempt waits for.
const patient = time.Minute

// follow looks at the job and at the script's files, tick by tick, until the
// attempt has ended.
func (a *attempt) follow(ctx context.Context, id string) (*sdk.Exit, error) {
	a.since = time.Now()
	a.heard = a.e.poller.number() // what was said before there was a job says nothing of it
	var last cluster.Job
	for {
		// The folder first: most ends that were left there while nobody looked
		// need no squeue.
		if record, whole := a.record(last); whole && a.sure(record) {
			return a.conclude(record, state.Meaning{}), nil
		}
		heard, err := a.e.poller.next(ctx, a.heard, time.Since(a.since) < young || a.asked() != nil, a.urged)
		if err != nil {
			return nil, asError(err, "follow attempt "+string(a.ID))
		}
		if heard == nil { // it was asked to end
			if err := a.enforce(ctx, last); err != nil {
				return nil, err
			}
			continue
		}
		a.heard = heard.number
		if heard.err != nil {
			return nil, asError(heard.err, "ask squeue for attempt "+string(a.ID))
		}
		a.back()
		// another job of the attempt runs it, and this one is of no use
		if other := a.folder.ID(); other != "" && other != id {
			if err := a.e.cluster.CancelPending(ctx, id); err != nil {
				return nil, asError(err, "end the job of attempt "+string(a.ID)+" that is of no use")
			}
			id, last, a.gone = other, cluster.Job{}, time.Time{}
		}
		now, there := heard.jobs[id]
		// ids are used again, and sooner if the controller has lost its memory
		if now.Name != a.e.jobName(a.ID) {
			now, there = cluster.Job{}, false
		}
		if now.State != last.State {
			a.since = time.Now()
		}
		last = now
		exit, err := a.look(ctx, id, now, there, heard.active)
		if exit != nil || err != nil {
			return exit, err
		}
	}
}

// back notes that the cluster answers.
func (a *attempt) back() {
	a.Mu.Lock()
	away := a.Away != nil
	a.Mu.Unlock()
	if away {
		a.Update(func() { a.Away = nil })
	}
}

// record reads the record of the end, if there can be one.
func (a *attempt) record(last cluster.Job) (job.Record, bool) {
	if last.State != "" && state.Of(last.State).Phase == state.Waiting {
		return job.Record{}, false
	}
	names, err := a.folder.Names()
	if err != nil || !names[job.ExitFile] {
		return job.Record{}, false
	}
	record, whole := a.folder.ReadRecord()
	if whole && a.ended.IsZero() {
		a.ended = time.Now()
		a.since = a.ended
	}
	return record, whole
}

// sure tells whether a record needs no word of Slurm's. An end that looks like
// success, or that a signal made of which the executor knows nothing, may have
// been Slurm's doing.
func (a *attempt) sure(r job.Record) bool {
	switch r.Reason {
	case job.Exited:
		return r.Code != 0 && attempts.SignalOf(r.Code) == 0
	case job.Asked:
		return r.Asked == "time" || a.asked() != nil
	}
	return true
}

// look makes of a tick's answer what it means for the attempt. Active is how
// many jobs of the user have nodes.
func (a *attempt) look(ctx context.Context, id string, now cluster.Job, there bool, active int) (*sdk.Exit, error) {
	meaning := state.Of(now.State)
	if !there || meaning.Phase == state.Over {
		return a.over(ctx, id, now, there)
	}
	switch record, whole := a.record(now); {
	case whole && (a.sure(record) || a.isGivenUp()):
		return a.conclude(record, meaning), nil
	case whole:
		a.lingers(now)
	case meaning.Phase == state.Waiting:
		a.waits(ctx, now, active)
	default:
		a.runs(meaning)
	}
	return nil, a.enforce(ctx, now)
}

// lingers tells once that the attempt waits for nothing but Slurm's word.
func (a *attempt) lingers(now cluster.Job) {
	if !a.lingered && time.Since(a.ended) > patient {
		a.lingered = true
		a.Warn(fmt.Sprintf("its process has ended, and Slurm still says %s: what came of it counts when Slurm has seen the end, or when the attempt is stopped", now.State))
	}
}

// waits tells why the job has not begun, and gives it up if it never can.
func (a *attempt) waits(ctx context.Context, now cluster.Job, active int) {
	waiting := state.Waits(now.State, now.Pending)
	a.Mu.Lock()
	// what stands for one tick only is Slurm's haste
	changed := a.Waiting != waiting && a.reason == waiting
	a.Mu.Unlock()
	a.reason = waiting
	if changed {
		a.Update(func() { a.Waiting = waiting })
	}
	group := state.OfGroup(now.Pending) && now.Pending != a.fits
	switch {
	case !group && !state.Hopeless(now.Pending) && !(active == 0 && state.OfUser(now.Pending)):
		a.stuck = time.Time{}
	case a.stuck.IsZero():
		a.stuck = time.Now()
	case time.Since(a.stuck) >= a.e.config.Hopeless && group && !a.exceeds(ctx, now):
	case time.Since(a.stuck) >= a.e.config.Hopeless && a.asked() == nil:
		err := a.note(&ending{Ending: *attempts.EndNow(sdk.StartFailed, 0), Message: fmt.Sprintf(
			"Slurm cannot run the job: it was pending with the reason %s for %v: change what the model asks for, or the partition", now.Pending, a.e.config.Hopeless)})
		if err != nil {
			a.Warn(err.Error())
		}
	}
}

// exceeds asks whether a job that waits for a limit of its group alone asks for
// more. That it does not is asked once for each such reason.
func (a *attempt) exceeds(ctx context.Context, now cluster.Job) bool {
	select {
	case a.e.gate.hands <- struct{}{}: // as gently as jobs are submitted
		defer func() { <-a.e.gate.hands }()
	default:
		return false
	}
	exceeds, err := a.e.cluster.ExceedsGroup(ctx, now.ID)
	switch {
	case err != nil && !cluster.IsRefused(err):
		a.stuck = time.Now() // nobody can tell now
	case !exceeds:
		a.fits = now.Pending
	}
	return exceeds
}

// runs tells how far the script is.
func (a *attempt) runs(meaning state.Meaning) {
	now := sdk.Queued
	phase, there := a.folder.ReadPhase()
	switch {
	case there && phase.Word == "running":
		now = sdk.Running
	case there:
		now = sdk.Pulling
	}
	a.Mu.Lock()
	same := a.State >= now && a.Waiting == meaning.Text
	a.Mu.Unlock()
	if !same {
		a.since = time.Now()
		a.Update(func() {
			a.State, a.Waiting = max(a.State, now), meaning.Text
			a.Running = a.Running || now == sdk.Running
		})
	}
}
