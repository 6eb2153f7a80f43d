package shim

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/plugins/process/internal/attempt"
	"github.com/raddeploy/raddeploy/sdk"
)

// run is the life of a shim: claim the attempt, build the root, run the
// command, write down the end.
func run(dir string) (code int) {
	ready := os.NewFile(readyFile, "ready")
	syscall.CloseOnExec(readyFile)
	// Before the attempt is claimed, since from then on somebody may ask us to
	// stop.
	stops := make(chan os.Signal, 1)
	signal.Notify(stops, syscall.SIGTERM)
	signal.Ignore(syscall.SIGHUP, syscall.SIGINT, syscall.SIGPIPE)

	folder, plan, err := claim(dir)
	if errors.Is(err, fs.ErrExist) {
		return 0 // another shim has it
	}
	if err != nil {
		fmt.Fprintln(ready, err)
		return 1
	}
	ready.Close()

	exit := (&supervisor{folder: folder, plan: plan, stops: stops}).run()
	exit.Node, _ = os.Hostname()
	exit.Finished = time.Now()
	if err := folder.WriteOnce(attempt.ExitFile, exit); err != nil {
		fmt.Fprintln(os.Stderr, "write the exit record:", err)
		return 1
	}
	return 0
}

func claim(dir string) (attempt.Folder, *Plan, error) {
	folder, err := attempt.Open(dir)
	if err != nil {
		return folder, nil, err
	}
	plan := new(Plan)
	if err := folder.Read(attempt.TaskFile, plan); err != nil {
		return folder, nil, err
	}
	self, err := attempt.Self()
	if err != nil {
		return folder, nil, err
	}
	return folder, plan, folder.WriteOnce(attempt.ProcessFile, self)
}

// timeoutGrace is how long a command that exceeds its time has to end by itself.
const timeoutGrace = 2 * time.Second

// supervisor runs one command and decides why it ended.
type supervisor struct {
	folder attempt.Folder
	plan   *Plan
	stops  <-chan os.Signal
}

func (s *supervisor) run() *sdk.Exit {
	if s.plan.NoImage != "" {
		return &sdk.Exit{Reason: sdk.ImageUnavailable, Message: s.plan.NoImage}
	}
	box := new(box)
	built := make(chan error, 1)
	go func() { built <- box.build(s.plan) }()
	select {
	case err := <-built:
		if err != nil {
			return &sdk.Exit{Reason: sdk.StartFailed, Message: err.Error()}
		}
	case <-s.stops: // the copying of large inputs is not waited for
		return &sdk.Exit{Reason: sdk.Stopped}
	}
	defer box.group.Remove()
	if s.folder.Has(attempt.StopFile) {
		return &sdk.Exit{Reason: sdk.Stopped}
	}
	if len(s.plan.Args) == 0 {
		return &sdk.Exit{Reason: sdk.Exited}
	}

	started := time.Now()
	command, err := start(s.plan, s.folder, box.group)
	if err != nil {
		return &sdk.Exit{Reason: sdk.StartFailed, Permanent: noProgram(err), Message: err.Error()}
	}
	running := attempt.Running{Since: started, Warnings: box.warnings}
	if err := s.folder.Replace(attempt.RunningFile, running); err != nil {
		fmt.Fprintln(os.Stderr, "write that the command runs:", err)
	}
	exit := s.watch(command)
	exit.Started = started
	return exit
}

// watch waits for the end of the command and brings it about when it is asked
// for, or due.
func (s *supervisor) watch(command *command) *sdk.Exit {
	var timeout, force <-chan time.Time
	if s.plan.Timeout > 0 {
		timeout = time.After(s.plan.Timeout)
	}
	reason := sdk.Exited
	// many a program takes a second SIGTERM for an order to drop everything
	terminate := sync.OnceFunc(command.terminate)
	for {
		select {
		case <-timeout:
			timeout, reason = nil, sdk.TimedOut
			terminate()
			force = time.After(timeoutGrace)
		case <-s.stops:
			reason = sdk.Stopped
			terminate()
			var stop attempt.Stop // all zero, so without grace, if somebody just sent the signal
			if err := s.folder.Read(attempt.StopFile, &stop); err != nil {
				fmt.Fprintln(os.Stderr, "a signal to stop without a request:", err)
			}
			force = time.After(time.Until(stop.Due))
		case <-force:
			killAll()
		case <-command.ended:
			exit := command.exit()
			switch {
			case s.folder.Has(attempt.StopFile) && reason == sdk.Exited:
				exit.Reason = sdk.Stopped // its signal crossed the command's end
			case reason != sdk.Exited:
				exit.Reason = reason
			}
			if reason == sdk.TimedOut {
				exit.Message = fmt.Sprintf("ran longer than its timeout of %v", s.plan.Timeout)
			}
			return exit
		}
	}
}
