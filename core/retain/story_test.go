package retain

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/spool"
	"github.com/raddeploy/raddeploy/sdk"
)

// story is a retainer, and what outlives a crash. A test tells it what happens,
// a line each, and compares what follows at once:
//
//	> limits files 7d       or logs, runs, min, reserve; first of all
//	> arrival a1 matched 8d     it ended so long ago
//	> run r1 a1 done 8d sent    a run of it, and the states of its deliveries
//	> set r1 sending            something else moves a run or an arrival
//	> first                     no agent of this version has run before
//	> attempt r1 ended          the state that the attempts of a run are in
//	> change files 2d           the same as limits, while the retainer runs
//	> start                     the retainer runs
//	> wait 1h                   time passes
//	> jump 400d                 the wall clock jumps ahead, or back
//	> stop, crash, crash at CALL, fail CALL
//	> stick outputs r1          they cannot be removed; unstick
//	> tried outputs r1          whether that was tried every few minutes
//	> disk 50                   so many bytes are free
//
// What follows is a line for each change of a row or a file, and for each
// warning and error of the log.
type story struct {
	*testing.T
	*world
	limits  Limits
	reserve uint64
	offset  atomic.Int64 // of the wall clock, in nanoseconds
	seq     int64
	log     bytes.Buffer
	stop    func()
	change  func(Limits)
}

// waits are random.
var waits = regexp.MustCompile(` wait=\S+`)

func tell(t *testing.T, transcript string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		const day = 24 * time.Hour
		s := &story{T: t, world: newWorld(), stop: func() {}}
		s.limits = Limits{Files: 7 * day, Logs: 400 * day, Runs: 400 * day, FilesMin: time.Hour}
		s.saved = run.RetentionClock{Began: time.Now().Add(-1000 * day), Seen: time.Now()} // an agent has run for long
		defer func() { s.stop() }()
		var got, want strings.Builder
		for line := range strings.Lines(strings.TrimSpace(transcript)) {
			line = strings.TrimSpace(line)
			want.WriteString(line + "\n")
			if command, ok := strings.CutPrefix(line, "> "); ok {
				s.do(strings.Fields(command))
				synctest.Wait()
				s.mu.Lock()
				fmt.Fprintf(&got, "> %s\n%s%s", command, strings.Join(s.events, ""), waits.ReplaceAllString(s.log.String(), ""))
				s.events = nil
				s.log.Reset()
				s.mu.Unlock()
			}
		}
		if got.String() != want.String() {
			t.Errorf("got\n%s\nwant\n%s", got.String(), want.String())
		}
	})
}

func (s *story) do(words []string) {
	switch word, args := words[0], words[1:]; word {
	case "start":
		s.stop() // if it crashed
		s.start()
		time.Sleep(time.Second) // for its first look
	case "wait":
		time.Sleep(s.duration(args[0]))
	case "stop":
		s.stop()
	case "crash":
		s.mu.Lock()
		if len(args) == 2 {
			s.faults[args[1]] = "crash"
			s.mu.Unlock()
			return
		}
		s.dead = true
		s.mu.Unlock()
		s.stop()
	default:
		s.happens(word, args)
	}
}

// happens changes the world.
func (s *story) happens(word string, args []string) {
	defer s.lock()()
	switch word {
	case "limits":
		s.limit(args[0], args[1])
	case "arrival":
		s.seq++
		end := s.ago(args[2])
		s.arrivals = append(s.arrivals, &run.KeptArrival{Seq: s.seq, ID: run.ArrivalID(args[0]), State: run.ArrivalState(args[1]),
			Opened: end, Completed: end})
		s.world.files["objects "+args[0]] = true
	case "run":
		s.run(args)
	case "first":
		s.saved = run.RetentionClock{}
	case "set":
		s.set(args[0], args[1])
	case "attempt":
		for _, k := range s.runs {
			if string(k.ID) == args[0] {
				k.Attempts = []run.AttemptState{run.AttemptState(args[1])}
			}
		}
	case "change":
		s.limit(args[0], args[1])
		s.change(s.limits)
	case "jump":
		s.offset.Add(int64(s.duration(args[0])))
	case "fail":
		s.faults[args[0]] = "fail"
	case "stick":
		s.stuck[strings.Join(args, " ")] = true
	case "unstick":
		delete(s.stuck, strings.Join(args, " "))
	case "tried":
		s.event("%s %s: tried often: %v", args[0], args[1], s.tries > 100)
	case "disk":
		s.free, _ = strconv.ParseUint(args[0], 10, 64)
	default:
		s.Fatalf("%s is not a word of a story", word)
	}
}

func (s *story) limit(name, value string) {
	switch name {
	case "files":
		s.limits.Files = s.duration(value)
	case "logs":
		s.limits.Logs = s.duration(value)
	case "runs":
		s.limits.Runs = s.duration(value)
	case "min":
		s.limits.FilesMin = s.duration(value)
	case "reserve":
		s.reserve, _ = strconv.ParseUint(value, 10, 64)
	}
}

func (s *story) run(args []string) {
	s.seq++
	end := s.ago(args[3])
	k := &run.KeptRun{Seq: s.seq, ID: run.ID(args[0]), State: run.State(args[2]), Created: end, Finished: end}
	for _, a := range s.arrivals {
		if string(a.ID) == args[1] {
			k.Arrival = a.Seq
			a.Opened, a.Completed = end, end
		}
	}
	for _, state := range args[4:] {
		k.Deliveries = append(k.Deliveries, run.DeliveryState(state))
	}
	s.runs = append(s.runs, k)
	s.world.files["outputs "+args[0]], s.world.files["logs "+args[0]] = true, true
}

func (s *story) set(id, state string) {
	for _, k := range s.runs {
		if string(k.ID) == id {
			k.State, k.Finished = run.State(state), s.wall()
		}
	}
	for _, a := range s.arrivals {
		if string(a.ID) == id {
			a.State = run.ArrivalState(state)
		}
	}
}

func (s *story) start() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	s.dead = false
	s.crash = cancel
	r := &Retainer{
		Store: s.world, Files: s.world, Limits: s.limits, Now: s.wall,
		Interval: 10 * time.Minute,
		Reserve:  spool.NewReserve(s.reserve, s.freeBytes),
		Open:     func(run.ArrivalID) bool { return false },
		Logger:   hclog.New(&hclog.LoggerOptions{Level: hclog.Warn, Output: &s.log, DisableTime: true}),
	}
	go func() {
		defer close(ended)
		if err := r.Run(ctx); err != nil {
			s.Error(err)
		}
	}()
	s.change = r.Change
	s.stop = func() {
		cancel()
		<-ended
	}
}

func (s *story) freeBytes() (uint64, error) {
	defer s.lock()()
	return s.free, nil
}

func (s *story) wall() time.Time { return time.Now().Add(time.Duration(s.offset.Load())) }

func (s *story) ago(text string) time.Time { return s.wall().Add(-s.duration(text)) }

func (s *story) duration(text string) time.Duration {
	back := strings.HasPrefix(text, "-")
	d, err := sdk.ParseDuration(strings.TrimPrefix(text, "-"))
	if err != nil {
		s.Fatal(err)
	}
	if back {
		return -d
	}
	return d
}
