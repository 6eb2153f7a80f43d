package rehearse

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

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/agent"
	"github.com/raddeploy/raddeploy/core/assemble"
	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/lang"
	"github.com/raddeploy/raddeploy/core/match"
	"github.com/raddeploy/raddeploy/core/match/decide"
	"github.com/raddeploy/raddeploy/core/run"
)

// Spec is one flow to be run once, on files that never arrived.
type Spec struct {
	Site    *config.Site // its data folder is the caller's, to be removed
	Flow    *flowfile.Loaded
	Sender  run.Sender
	Objects []run.Object // each File is a path; the file is copied, not moved
	Result  *decide.Result
	// Tell, if there is one, is called with what every task does whenever that
	// changes.
	Tell   func([]Task)
	Logger hclog.Logger
}

// Ended is how such a run ended.
type Ended struct {
	State   run.State
	Reason  string
	Tasks   []Task
	Outputs map[string]string // the folders of the outputs whose names begin with dst, of a run that succeeded
}

// giveUpAfter is how long a task is tried that infrastructure failed: somebody
// waits before the screen.
const giveUpAfter = 15 * time.Second

// Run runs a flow on some files as if they had arrived, and returns when its run
// has ended or ctx has. Its tasks end with it. What a destination would be sent
// is the caller's affair: nothing is sent.
func Run(ctx context.Context, spec Spec) (*Ended, error) {
	runner, err := agent.OpenRunner(ctx, spec.Site, spec.Logger)
	if err != nil {
		return nil, err
	}
	runner.EndTasks = true
	for _, e := range runner.Fleet.Executors() {
		e.SetGiveUpAfter(giveUpAfter)
	}
	runner.Engine.Locate = func(_ string, model int, path ...string) lang.Range {
		return spec.Flow.Locate(append([]string{"models", strconv.Itoa(model)}, path...)...)
	}
	id, err := arrive(ctx, runner, spec)
	if err != nil {
		return nil, errors.Join(err, runner.Close())
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	stopped := make(chan error, 1)
	go func() { stopped <- runner.Run(working) }()
	f := &follower{runner: runner, id: id, flow: spec.Flow.Flow, tell: spec.Tell}
	ended, err := f.follow(ctx, stopped)
	stop()
	if !f.stopped {
		err = errors.Join(err, <-stopped)
	}
	return ended, errors.Join(err, runner.Close())
}

// arrive records an arrival of the files, and the run that the flow makes of it.
func arrive(ctx context.Context, runner *agent.Runner, spec Spec) (run.ID, error) {
	arrivals := &assemble.Assembler{Store: runner.DB, Spool: runner.Spool, Wake: func() {}, Logger: spec.Logger}
	arrival := run.Arrival{ID: run.NewArrivalID(), Sender: spec.Sender, Opened: time.Now()}
	if err := arrivals.Open(ctx, arrival); err != nil {
		return "", err
	}
	objects := slices.Clone(spec.Objects)
	for i := range objects {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err := copyIn(runner, &objects[i], filepath.Join(string(arrival.ID), strconv.Itoa(i)+".dcm")); err != nil {
			return "", fmt.Errorf("copy the objects: %w", err)
		}
	}
	if err := arrivals.Released(ctx, arrival.ID, objects); err != nil {
		return "", err
	}
	recorded, err := runner.DB.Objects(ctx, arrival.ID)
	if err != nil {
		return "", err
	}
	all := make([]int, len(recorded))
	for i := range all {
		all[i] = i
	}
	if len(all) == 0 {
		return "", errors.New("there is no object to run the flow on")
	}
	own, err := sendNothing(spec.Flow)
	if err != nil {
		return "", err
	}
	explanation, err := json.Marshal([]*decide.Result{spec.Result})
	if err != nil {
		return "", err
	}
	r, names := match.NewRun(own, recorded, all)
	return r.ID, runner.DB.SetMatched(ctx, run.Matching{
		Arrival: arrival.ID, State: run.ArrivalMatched, Explanation: explanation, Runs: []run.Run{r}, Tasks: [][]string{names},
	})
}

// sendNothing is a flow without its destinations.
func sendNothing(l *flowfile.Loaded) (*flowfile.Loaded, error) {
	f := *l.Flow
	f.Destinations, f.ReturnToSenderOnPorts = nil, nil
	encoded, err := flow.Encode(&f)
	return &flowfile.Loaded{Flow: &f, Encoded: encoded, Digest: flow.Digest(encoded)}, err
}

func copyIn(runner *agent.Runner, o *run.Object, name string) error {
	from, err := os.Open(o.File)
	if err != nil {
		return err
	}
	defer from.Close()
	place := runner.Spool.Path(name)
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
