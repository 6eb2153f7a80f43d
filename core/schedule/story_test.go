package schedule

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
)

// story is a scheduler, and what outlives a crash of it: the rows, the
// executors and what runs on them. A test tells it what happens, a line each,
// and compares what follows at once:
//
//	> docker has 2            an executor with CPU slots; has 2 gpus 1: and GPUs;
//	                          has 2 cluster ?: its backend assigns GPUs, how many
//	                          is unknown
//	> docker away             its backend does not answer; back: it does
//	> slurm tells 4           its backend assigns up to 4 GPUs to a task
//	> docker gone             the site does not have it any more
//	> run R chain 5           a run of a flow (flows_test.go) with a priority
//	> start                   the scheduler runs
//	> wake
//	> next                    time passes until something happens
//	> idle 10s                time passes
//	> R-0-1 ends ok           an attempt ends on its executor; several: R-0-1 S-0-1 ends ok
//	> stop                    its context ends, and it returns
//	> crash                   its process ends: nothing reaches the rows
//	> cancel R                an operator cancels a run; retry R: has it tried again
//	> spoil R                 its stored flow cannot be read any more
//	> clock R/a 8760h         its next try was recorded by a clock that was wrong by that
//	> set R-0-1 ended         somebody else moves an attempt, a task (R/a) or a run
//	> fail CALL               the next such call fails; a second fault is that of the
//	                          call after it
//	> late CALL               the next such call is answered after a second
//	> block CALL              the next such call waits for "> unblock", or its context
//	> lost CALL               the next such call is applied, and answers with an error
//	> moved CALL              the next such call answers that something else came first
//	> crash at CALL           the process ends within the next such call
//	> disk full               every write fails, until "> disk free"
//	> room 3MiB               so much of the disk's reserve of 10MiB is free; room ok:
//	                          all of it
//
// What follows is a line for each commit, for each attempt that is handed to the
// engine, and for each call that fails.
type story struct {
	*testing.T
	*world
	scheduler *Scheduler
	process   *process
	stop      func() error
}

// tell checks a story told as above, with what is wanted to follow.
func tell(t *testing.T, transcript string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &story{T: t, world: newWorld(t)}
		s.stop = func() error { return nil }
		defer func() { s.end() }()
		var got, want strings.Builder
		for line := range strings.Lines(strings.TrimSpace(transcript)) {
			line = strings.TrimSpace(line)
			want.WriteString(line + "\n")
			if command, ok := strings.CutPrefix(line, "> "); ok {
				fmt.Fprintf(&got, "> %s\n", command)
				s.do(strings.Fields(command))
				s.settle()
				got.WriteString(strings.Join(s.take(), ""))
			}
		}
		if got.String() != want.String() {
			t.Errorf("got\n%s\nwant\n%s", got.String(), want.String())
		}
	})
}

// settle lets happen what happens at once: calls of the store take microseconds,
// which orders them.
func (s *story) settle() {
	time.Sleep(time.Millisecond)
	synctest.Wait()
}

func (s *story) do(words []string) {
	switch word, args := words[0], words[1:]; word {
	case "run":
		s.run(append(args, "0"))
	case "start":
		s.start()
	case "stop":
		s.end()
	case "crash":
		if len(args) == 2 {
			s.fault(args[1], word)
			return
		}
		s.process.die()
		s.end()
	case "wake":
		s.scheduler.Wake()
	case "next":
		for begun := time.Now(); !s.happened() && time.Since(begun) < 5*time.Minute; synctest.Wait() {
			time.Sleep(50 * time.Millisecond)
		}
	case "idle":
		time.Sleep(check(time.ParseDuration(args[0])))
	case "cancel", "retry":
		s.act(word, run.ID(args[0]))
		if s.scheduler != nil {
			s.scheduler.Wake()
		}
	case "spoil":
		s.row(run.ID(args[0])).Definition = []byte("{")
	case "clock":
		s.recorded(args[0], check(time.ParseDuration(args[1])))
	case "set":
		s.set(args[0], args[1])
	case "fail", "late", "block", "lost", "moved":
		s.fault(args[0], word)
	case "disk":
		s.diskFull(args[0] == "full")
	case "room":
		s.setRoom(args[0])
	case "unblock":
		s.unblock()
	default:
		if i := slices.Index(words, "ends"); i > 0 {
			s.ends(words[:i], words[i+1:])
			return
		}
		s.change(word, args)
		if s.scheduler != nil {
			s.scheduler.Wake() // as the fleet does
		}
	}
}

func (s *story) start() {
	s.scheduler = New()
	s.process = &process{world: s.world, executing: map[run.AttemptID]bool{}}
	s.leases = map[run.AttemptID]*lease{}
	d := s.scheduler
	d.Runs, d.Attempts, d.Ledger, d.Actions, d.Fleet, d.Engine = s.process, s.process, s.process, s.process, s.process, s.process
	d.Clock, d.Files, d.Logger = s.process, spool.Runs{Dir: "runs"}, hclog.NewNullLogger()
	d.Destinations = config.Destinations{{Name: "pacs", Host: "10.0.0.9", Port: 104, AETitle: "PACS"}}
	d.Room = s.room
	d.Deliver = func() { s.logAlone("deliver!") }
	ctx, cancel := context.WithCancel(s.Context())
	s.process.end = cancel
	ended := make(chan error, 1)
	go func() {
		err := d.Run(ctx)
		if err != nil {
			s.logAlone("Run: %v", err)
		}
		ended <- err
	}()
	s.stop = func() error {
		cancel()
		return <-ended
	}
}

// end stops the scheduler, which must leave nothing under way.
func (s *story) end() {
	if s.process != nil && !s.process.dead {
		s.checkLeases()
	}
	if err := s.stop(); err != nil && s.Context().Err() != nil {
		s.Errorf("the scheduler ended with %v", err)
	}
	s.stop = func() error { return nil }
	if s.process != nil && len(s.process.executing) > 0 {
		s.Errorf("still executing after the end: %v", s.process.executing)
	}
	s.scheduler, s.process = nil, nil
}

// run adds a run as matching makes it.
func (s *story) run(args []string) {
	priority := check(strconv.Atoi(args[2]))
	s.add(run.ID(args[0]), args[1], priority)
}

func check[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}
