package attempt

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Running is what is known since the command runs.
type Running struct {
	Since    time.Time
	Warnings []string // what the task asked for and did not get
}

// Stop is the request that an attempt end.
type Stop struct {
	Due time.Time // when the gentle signal is followed by the other
}

// Status is how far an attempt is.
type Status struct {
	Process Process
	Running *Running  // nil before the command runs
	Exit    *sdk.Exit // nil before the end
}

// Status reads how far the attempt is. The error is [fs.ErrNotExist] if no shim
// has claimed it: then nothing was done for it, and nothing will be done.
//
// A shim that ended without saying how was killed. Whoever notices writes that
// down, so that all later readers agree.
func (f Folder) Status() (Status, error) {
	var s Status
	if err := f.Read(ProcessFile, &s.Process); err != nil {
		return s, err
	}
	// Asked before the exit record is read: a shim that has ended writes none
	// afterwards.
	alive := s.Process.Alive()
	var running Running
	if err := f.Read(RunningFile, &running); err == nil {
		s.Running = &running
	} else if !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	exit, err := f.exit()
	if errors.Is(err, fs.ErrNotExist) && !alive {
		if err := f.WriteOnce(ExitFile, f.lost(s.Running)); err != nil && !errors.Is(err, fs.ErrExist) {
			return s, err
		}
		exit, err = f.exit()
	}
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	s.Exit = exit
	return s, err
}

func (f Folder) exit() (*sdk.Exit, error) {
	exit := new(sdk.Exit)
	return exit, f.Read(ExitFile, exit)
}

// lost is the end of an attempt whose shim was killed.
func (f Folder) lost(running *Running) *sdk.Exit {
	exit := &sdk.Exit{
		Reason:   sdk.Vanished,
		Message:  "the process that watched over the task was killed, or the host restarted",
		Finished: time.Now(),
	}
	exit.Node, _ = os.Hostname()
	if running != nil {
		exit.Started = running.Since
	}
	if f.Has(StopFile) {
		exit.Reason = sdk.Stopped
	}
	return exit
}
