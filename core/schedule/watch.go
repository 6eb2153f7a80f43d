package schedule

import (
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// Watch is told what the scheduler did. Its methods return at once: they are
// called from the loop.
type Watch interface {
	// Began says that an attempt begins at a task that could be started for so long.
	Began(of Model, waited time.Duration)
	// Ended says how an attempt ended. Its row says so too by then or very soon.
	Ended(of Model, attempt run.Attempt, end run.Ending)
	// Again says that a task is tried again, and whether infrastructure failed it.
	Again(of Model, infrastructure bool)
	// Finished says that all tasks of a run have ended, and in which state the run
	// is then: sending counts as done.
	Finished(flow string, state run.State)
}

// Model is a model of a flow.
type Model struct{ Flow, Name string }

func (o *openRun) model(task int) Model { return Model{o.run.Flow, o.flow.Models[task].Name} }

// nobody watches.
type nobody struct{}

func (nobody) Began(Model, time.Duration)           {}
func (nobody) Ended(Model, run.Attempt, run.Ending) {}
func (nobody) Again(Model, bool)                    {}
func (nobody) Finished(string, run.State)           {}
