package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/match"
	"github.com/raddeploy/raddeploy/core/run"
)

// Trial is one flow to be run once, on files that never arrived.
type Trial struct {
	Flow    *flowfile.Loaded
	Sender  run.Sender
	Objects []run.Object // each File is a path; the file is copied, not moved
	Result  *match.Result
	// Tell, if there is one, is told what every task does whenever that changes.
	Tell func([]TrialTask)
}

// TrialTask is one task of a trial.
type TrialTask struct {
	Name     string
	State    run.TaskState
	Executor string // of its newest attempt
	Doing    string // at this moment
	Reason   string
	Attempts int
	Took     time.Duration // the newest attempt, if it has ended
	// the files of its newest attempt's output by "stdout" and "stderr" (see
	// package logs)
	Log map[string]string
}

// Tried is how a trial ended. Its files are in the agent's data folder.
type Tried struct {
	State  run.State
	Reason string
	Tasks  []TrialTask
	// the folders of the outputs whose names begin with dst, of a run that
	// succeeded
	Outputs map[string]string
}

// lookAtTrial is how often a trial's tasks are looked at, for people.
const lookAtTrial = 100 * time.Millisecond

// trialPatience is how long a trial goes on while no executor works: nobody is
// there to mend one.
const trialPatience = 20 * time.Second

// Try runs a flow on some files as if they had arrived, and returns when its
// run has ended or ctx has. It takes the place of [Agent.Run], for an agent
// that is made for the trial: ephemeral, without doors and without flows of its
// own. What a destination would be sent is the caller's affair; a trial sends
// nothing.
func (a *Agent) Try(ctx context.Context, t Trial) (*Tried, error) {
	id, err := a.admitTrial(ctx, t)
	if err != nil {
		return nil, errors.Join(err, a.close())
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- a.Run(working) }()
	tried, err := a.followTrial(ctx, id, t.Tell, ended)
	stop()
	return tried, errors.Join(err, <-ended)
}

// admitTrial notes an arrival of the files, and the run that the flow makes of it.
func (a *Agent) admitTrial(ctx context.Context, t Trial) (run.ID, error) {
	arrival := run.Arrival{ID: run.NewArrivalID(), Sender: t.Sender, Opened: time.Now()}
	if err := a.db.OpenArrival(ctx, arrival); err != nil {
		return "", err
	}
	objects := slices.Clone(t.Objects)
	for i := range objects {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err := a.copyIn(&objects[i], filepath.Join(string(arrival.ID), strconv.Itoa(i)+".dcm")); err != nil {
			return "", fmt.Errorf("copy the objects of a trial: %w", err)
		}
	}
	if err := a.db.CloseArrival(ctx, arrival.ID, run.ArrivalComplete, "", time.Now(), objects); err != nil {
		return "", err
	}
	noted, err := a.db.Objects(ctx, arrival.ID)
	if err != nil {
		return "", err
	}
	all := make([]int, len(noted))
	for i := range all {
		all[i] = i
	}
	if len(all) == 0 {
		return "", errors.New("there is no object to run the flow on")
	}
	own, err := sendNothing(t.Flow)
	if err != nil {
		return "", err
	}
	explanation, err := json.Marshal([]*match.Result{t.Result})
	if err != nil {
		return "", err
	}
	r := newRun(own, noted, all)
	return r.ID, a.db.SetMatched(ctx, arrival.ID, explanation, "", []run.Run{r}, [][]string{modelNames(own.Flow)})
}

// sendNothing is a flow without its destinations.
func sendNothing(l *flowfile.Loaded) (*flowfile.Loaded, error) {
	f := *l.Flow
	f.Destinations, f.ReturnToSenderOnPorts = nil, nil
	encoded, err := flow.Encode(&f)
	return &flowfile.Loaded{Flow: &f, Encoded: encoded, Digest: flow.Digest(encoded)}, err
}

func (a *Agent) copyIn(o *run.Object, name string) error {
	from, err := os.Open(o.File)
	if err != nil {
		return err
	}
	defer from.Close()
	place := a.spool.Path(name)
	if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
		return err
	}
	to, err := os.OpenFile(place, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	o.File, o.Received = name, time.Now()
	if o.SOPInstanceUID == "" {
		o.SOPInstanceUID = dcm.NewUID() // it has to have a name
	}
	o.Size, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}

// followTrial tells of a trial until its run or the agent ends.
func (a *Agent) followTrial(ctx context.Context, id run.ID, tell func([]TrialTask), ended chan error) (*Tried, error) {
	look := time.NewTicker(lookAtTrial)
	defer look.Stop()
	var told []TrialTask
	worked := time.Now()
	for {
		select {
		case <-look.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		case err := <-ended:
			ended <- nil // whoever waits for it has its error
			return nil, errors.Join(errors.New("the agent of the trial has ended"), err)
		}
		if slices.ContainsFunc(a.executors, (*executor).up) {
			worked = time.Now()
		} else if time.Since(worked) > trialPatience {
			return nil, a.noneWorks()
		}
		r, err := a.db.Run(ctx, string(id))
		if err != nil {
			return nil, err
		}
		tasks, err := a.trialTasks(ctx, id)
		if err != nil {
			return nil, err
		}
		if tell != nil && !slices.EqualFunc(tasks, told, TrialTask.same) {
			tell(tasks)
			told = tasks
		}
		if !r.State.Final() {
			continue
		}
		tried := &Tried{State: r.State, Reason: r.Reason, Tasks: tasks}
		if r.State == run.Done {
			tried.Outputs, err = a.trialOutputs(ctx, id)
		}
		return tried, err
	}
}

// noneWorks says why no executor does.
func (a *Agent) noneWorks() error {
	var errs []error
	for _, e := range a.executors {
		errs = append(errs, fmt.Errorf("executor %s: %s", e.Instance(), e.message()))
	}
	return fmt.Errorf("no executor works: %w", errors.Join(errs...))
}

func (t TrialTask) same(other TrialTask) bool {
	return t.State == other.State && t.Doing == other.Doing && t.Reason == other.Reason && t.Attempts == other.Attempts
}

func (a *Agent) trialTasks(ctx context.Context, id run.ID) ([]TrialTask, error) {
	tasks, err := a.db.Tasks(ctx, id)
	if err != nil {
		return nil, err
	}
	attempts, err := a.db.Attempts(ctx, id)
	if err != nil {
		return nil, err
	}
	shown := make([]TrialTask, len(tasks))
	for i, task := range tasks {
		shown[i] = TrialTask{Name: task.Name, State: task.State, Reason: task.Reason}
	}
	for _, attempt := range attempts {
		s := &shown[attempt.Task]
		s.Attempts, s.Executor, s.Doing = attempt.Number, attempt.Executor, a.progress.of(attempt.ID)
		if s.Took = 0; !attempt.Started.IsZero() && !attempt.Ended.IsZero() {
			s.Took = attempt.Ended.Sub(attempt.Started)
		}
		s.Log = map[string]string{}
		for _, stream := range []string{"stdout", "stderr"} {
			s.Log[stream] = a.engine.Layout.Log(id, attempt.Task, attempt.Number, stream)
		}
	}
	return shown, nil
}

func (a *Agent) trialOutputs(ctx context.Context, id run.ID) (map[string]string, error) {
	folders, err := a.outputs(ctx, id)
	if err != nil {
		return nil, err
	}
	named := map[string]string{}
	for _, folder := range folders {
		named[filepath.Base(folder)] = filepath.Join(a.engine.Layout.Run(id), folder)
	}
	return named, nil
}
