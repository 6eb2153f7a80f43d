package slurm

import (
	"context"
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/plugins/internal/open"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/cluster"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/job"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/state"
	"github.com/raddeploy/raddeploy/sdk"
)

// young is how long after a change the next one is expected.
const young = time.Minute

// patient is how long a record of success waits for Slurm's own word on the job.
const patient = 10 * time.Second

// follow looks at the job and at the script's files, tick by tick, until the attempt has ended.
func (a *attempt) follow(ctx context.Context, id string) (*sdk.Exit, error) {
	a.since = time.Now()
	a.heard = a.e.poller.number() // what was said before there was a job says nothing of it
	var last cluster.Job
	for {
		// The folder first: what ended while nobody looked needs no squeue.
		record, whole := a.record(last)
		if whole && a.sure(record) {
			return a.conclude(record, state.Meaning{}), nil
		}
		heard, err := a.e.poller.next(ctx, a.heard, time.Since(a.since) < young || whole || a.asked() != nil, a.urged)
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
			if whole && time.Since(a.ended) > patient {
				return a.conclude(record, state.Meaning{}), nil
			}
			return nil, asError(heard.err, "ask squeue for attempt "+string(a.ID))
		}
		a.back()
		now, there := heard.jobs[id]
		if now.Name != a.e.jobName(a.ID) { // ids are used again, and sooner if the controller has lost its memory
			now, there = cluster.Job{}, false
		}
		if now.State != last.State {
			a.since = time.Now()
		}
		last = now
		exit, err := a.look(ctx, id, now, there)
		if exit != nil || err != nil {
			return exit, err
		}
		if other := a.folder.ID(); other != "" && other != id { // another job of the attempt runs it, and this one is of no use
			if err := a.e.cluster.CancelPending(ctx, id); err != nil {
				return nil, asError(err, "end the job of attempt "+string(a.ID)+" that is of no use")
			}
			id, last, a.gone = other, cluster.Job{}, time.Time{}
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
	}
	return record, whole
}

// sure tells whether a record needs no word of Slurm's: an end that looks like success, or like the kernel's doing, may have been Slurm's.
func (a *attempt) sure(r job.Record) bool {
	switch {
	case time.Since(a.ended) > patient:
		return true
	case r.Reason == job.Exited:
		return r.Code != 0 && r.Code != 137
	case r.Reason == job.Asked:
		return r.Asked == "time" || a.asked() != nil
	}
	return true
}

// look makes of a tick's answer what it means for the attempt.
func (a *attempt) look(ctx context.Context, id string, now cluster.Job, there bool) (*sdk.Exit, error) {
	meaning := state.Of(now.State)
	record, whole := a.record(now)
	switch {
	case !there || meaning.Phase == state.Over:
		if whole {
			return a.conclude(record, meaning), nil
		}
		exit := a.unrecorded(id, now, meaning, there)
		if exit != nil && exit.Reason == sdk.Vanished && !there {
			a.accounted(ctx, id, exit)
		}
		return exit, nil
	case whole && a.sure(record):
		return a.conclude(record, meaning), nil
	case whole:
		return nil, nil
	case meaning.Phase == state.Waiting:
		a.waits(now)
	default:
		a.runs(meaning)
	}
	return nil, a.enforce(ctx, now)
}

// waits tells why the job has not begun, and gives it up if it never can.
func (a *attempt) waits(now cluster.Job) {
	waiting := state.Waits(now.State, now.Pending)
	a.Mu.Lock()
	changed := a.Waiting != waiting && a.reason == waiting // what stands for one tick only is Slurm's haste
	a.Mu.Unlock()
	a.reason = waiting
	if changed {
		a.Update(func() { a.Waiting = waiting })
	}
	switch {
	case !state.Hopeless(now.Pending):
		a.stuck = time.Time{}
	case a.stuck.IsZero():
		a.stuck = time.Now()
	case time.Since(a.stuck) >= a.e.config.Hopeless && a.asked() == nil:
		a.note(&ending{Ending: *open.EndNow(sdk.StartFailed, 0), Message: fmt.Sprintf(
			"Slurm cannot run the job: it was pending with the reason %s for %v: change what the model asks for, or the partition", now.Pending, a.e.config.Hopeless)})
	}
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
