package slurm

import (
	"context"
	"errors"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/plugins/slurm/internal/cluster"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/job"
	"github.com/raddeploy/raddeploy/plugins/slurm/internal/state"
	"github.com/raddeploy/raddeploy/sdk"
)

// doubt is how long an sbatch whose answer was lost may go on before its job is
// seen by name: its own retries, and the controller's delay.
const doubt = 5 * time.Second

// full is how long is waited when the cluster takes no more jobs of this user.
const full = 15 * time.Second

// submit hands the job over, or finds the one that was handed over before. It
// returns the job's id, or the end if there will be none.
func (a *attempt) submit(ctx context.Context, tried bool) (string, *sdk.Exit, error) {
	exclude := a.plan.Exclude
	for {
		if tried {
			id, err := a.lookByName(ctx)
			if err != nil || id != "" {
				return id, nil, err
			}
		}
		if asked := a.asked(); asked != nil {
			return "", a.askedToEnd(asked), nil
		}
		if exit, err := a.write(ctx); exit != nil || err != nil {
			return "", exit, err
		}
		if exit, err := a.turn(ctx); exit != nil || err != nil {
			return "", exit, err
		}
		tried = true
		id, err := a.hand(ctx, exclude)
		switch {
		case err == nil:
			a.stuck = time.Time{}
			a.Update(func() { a.Waiting, a.Away = "", nil })
			return id, nil, asError(a.folder.Write(job.IDFile, []byte(id+"\n")), "note the job of attempt "+string(a.ID))
		case !cluster.IsRefused(err):
			return "", nil, asError(err, "submit attempt "+string(a.ID))
		}
		tried = false // the answer was no: there is no job
		if err := a.forgetSubmit(); err != nil {
			return "", nil, err
		}
		switch {
		case len(exclude) > 0 && isAboutNodes(err):
			exclude = nil // it was a hint, and there may be no other nodes
		case isFull(err) && !a.isRefusedForGood(err):
			a.Update(func() { a.Waiting, a.Away = words(err), nil })
			if a.rest(ctx, full) != nil && ctx.Err() != nil {
				return "", nil, asError(ctx.Err(), "submit attempt "+string(a.ID))
			}
		default:
			return "", refusedJob(err), nil
		}
	}
}

// hand calls sbatch in the turn that the attempt has, and gives the turn back.
func (a *attempt) hand(ctx context.Context, exclude []string) (string, error) {
	defer func() { <-a.e.gate.hands }()
	if err := a.folder.Write(job.SubmitFile, strconv.AppendInt(nil, time.Now().UnixNano(), 10)); err != nil {
		return "", err
	}
	args := a.plan.Args
	if len(exclude) > 0 {
		args = append(args[:len(args):len(args)], "--exclude="+strings.Join(exclude, ","))
	}
	return a.e.cluster.Submit(ctx, args, a.folder.Path(job.ScriptFile))
}

// turn waits until the job may be handed over, or the attempt was asked to end.
func (a *attempt) turn(ctx context.Context) (*sdk.Exit, error) {
	wait, done := a.untilUrged(ctx)
	defer done()
	pass := func() error {
		if !a.counted {
			if err := a.e.gate.room(wait); err != nil {
				return err
			}
			a.counted = true
		}
		if err := a.e.gate.turn(wait); err != nil {
			return err
		}
		select {
		case a.e.gate.hands <- struct{}{}:
			return nil
		case <-wait.Done():
			return wait.Err()
		}
	}
	if err := pass(); err == nil {
		return nil, nil
	}
	if ctx.Err() != nil {
		return nil, asError(ctx.Err(), "submit attempt "+string(a.ID))
	}
	if asked := a.asked(); asked != nil {
		return a.askedToEnd(asked), nil
	}
	return nil, sdk.Errorf(sdk.Unavailable, "submit attempt %s: interrupted", a.ID)
}

// untilUrged returns a context that ends when the attempt is asked to end,
// until done is called.
func (a *attempt) untilUrged(ctx context.Context) (_ context.Context, done func()) {
	wait, cancel := context.WithCancel(ctx)
	a.e.attempts.Go(func() {
		select {
		case <-a.urged:
			cancel()
		case <-wait.Done():
		}
	})
	return wait, cancel
}

// rest waits, until the attempt is asked to end.
func (a *attempt) rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-a.urged:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// lookByName looks for a job that was submitted without an answer having come.
// "" means that there is none and that none can come any more.
func (a *attempt) lookByName(ctx context.Context) (string, error) {
	late := a.submitted().Add(doubt)
	for {
		over := time.Now().After(late)
		jobs, err := a.e.cluster.Find(ctx, a.e.jobName(a.ID))
		if err != nil {
			return "", asError(err, "look for the job of attempt "+string(a.ID))
		}
		if best, found := bestOf(jobs); found {
			return best.ID, asError(a.folder.Write(job.IDFile, []byte(best.ID+"\n")), "note the job of attempt "+string(a.ID))
		}
		if id := a.folder.ID(); id != "" || over { // its script may have begun and ended since
			return id, nil
		}
		if err := pause(ctx, min(time.Second, max(0, time.Until(late))+10*time.Millisecond)); err != nil {
			return "", asError(err, "look for the job of attempt "+string(a.ID))
		}
	}
}

// bestOf is the one job that counts of those with an attempt's name: one that
// has not ended, else the latest.
func bestOf(jobs []cluster.Job) (best cluster.Job, found bool) {
	for _, j := range jobs {
		over, bestOver := state.Of(j.State).Phase == state.Over, state.Of(best.State).Phase == state.Over
		if !found || bestOver && !over || bestOver == over && later(j.ID, best.ID) {
			best, found = j, true
		}
	}
	return best, found
}

func later(id, than string) bool { return len(id) > len(than) || len(id) == len(than) && id > than }

// submitted is when sbatch was called last, or now if that cannot be read.
func (a *attempt) submitted() time.Time {
	text, _ := os.ReadFile(a.folder.Path(job.SubmitFile))
	nanos, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || nanos > time.Now().UnixNano() {
		return time.Now()
	}
	return time.Unix(0, nanos)
}

func (a *attempt) forgetSubmit() error {
	err := os.Remove(a.folder.Path(job.SubmitFile))
	if os.IsNotExist(err) {
		return nil
	}
	return asError(err, "submit attempt "+string(a.ID))
}

// ambiguous is what Slurm says alike of too many jobs, and of one that is
// bigger than its account or quality of service allows.
const ambiguous = "job submit limit"

// passing are words of refusals that time may clear.
var passing = []string{ambiguous, "MaxSubmit", "Maximum job", "maximum number of jobs", "Too many jobs", "partition not available", "node not available"}

// isFull tells whether the controller refused only because there are too many
// jobs now, or its nodes are not to be had.
func isFull(err error) bool {
	return slices.ContainsFunc(passing, func(word string) bool { return strings.Contains(err.Error(), word) })
}

// asksTooMuch are words of refusals that the job itself causes, wherever the site
// sends it.
var asksTooMuch = []string{"Requested node configuration", "Memory required by task", "More processors requested", "Requested time limit", "generic resource", "Invalid feature"}

// refusedJob is the end of an attempt whose job the controller refused.
func refusedJob(err error) *sdk.Exit {
	exit := &sdk.Exit{Reason: sdk.StartFailed, Message: "Slurm refused the job: " + words(err)}
	if slices.ContainsFunc(asksTooMuch, func(word string) bool { return strings.Contains(err.Error(), word) }) {
		exit.Permanent = true
		exit.Message += ": change what the model asks for, or the partition"
	}
	return exit
}

// isAboutNodes tells whether another choice of nodes may be taken.
func isAboutNodes(err error) bool { return strings.Contains(strings.ToLower(words(err)), "node") }

// named is the limit that Slurm names before it refuses, such as
// QOSMaxCpuPerUserLimit, where it does.
var named = regexp.MustCompile(`^(?:Assoc|QOS)\w+`)

// isRefusedForGood tells whether too many jobs cannot be what an ambiguous
// refusal means: the limit that it names is none on their number, or, if it
// names none, there has been none of this site's for a while.
func (a *attempt) isRefusedForGood(err error) bool {
	limit := named.FindString(words(err))
	switch {
	case limit != "":
		return !strings.Contains(limit, "Submit")
	case !strings.Contains(err.Error(), ambiguous) || a.e.poller.isAsked():
		a.stuck = time.Time{}
	case a.stuck.IsZero():
		a.stuck = time.Now()
	}
	return !a.stuck.IsZero() && time.Since(a.stuck) >= a.e.config.Hopeless
}

// words are Slurm's own, without the command's name.
func words(err error) string {
	var refused *cluster.Refused
	if errors.As(err, &refused) {
		return strings.TrimPrefix(refused.Text, "Batch job submission failed: ")
	}
	return err.Error()
}
