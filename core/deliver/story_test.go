package deliver

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/run"
)

// story is a deliverer, its peers, and what outlives a crash: the store and the
// files of runs. A test tells it what happens, a line each, and compares what
// follows at once:
//
//	> delivery 1 R pacs a b   run R is to send its files a and b to pacs
//	> start                   the deliverer runs
//	> wake
//	> next                    time passes until something happens
//	> stop                    its context ends, and it returns
//	> crash                   its process ends: nothing reaches the store
//	> pacs refuses a          for good; down, takes, busy a, breaks a, stalls a, rejects,
//	                          hangs, slow, lingers
//	> set 1 abandoned         somebody else moves a delivery
//	> cancel R                an operator cancels a run
//	> over 1                  its time is over
//	> clock 1 -8760h          its next try was recorded by a clock that was wrong by that
//	> commits pacs later      it is asked for commitment: at-once, later, down, hangs, off
//	> report 1 a=0112         its destination commits to all of its last transaction but a
//	> report-before 1         the same of the transaction before
//	> wait 1h                 time passes
//	> fail CALL               the store's next such call fails: the disk is full
//	> late CALL               the store's next such call is answered after a second
//	> crash at CALL           the process ends within the store's next such call
//
// What follows is a line for each change of a delivery, an object or a run, and
// for each try of a peer.
type story struct {
	*testing.T
	*world
	process *process
	dir     string
	stop    func()
}

// tell checks a story told as above, with what is wanted to follow.
func tell(t *testing.T, transcript string) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := &story{T: t, dir: dir, world: newWorld(), stop: func() {}}
		defer func() { s.stop() }()
		var got, want strings.Builder
		for line := range strings.Lines(strings.TrimSpace(transcript)) {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			want.WriteString(line + "\n")
			if command, ok := strings.CutPrefix(line, "> "); ok {
				fmt.Fprintf(&got, "> %s\n%s", command, s.follows(command))
			}
		}
		if got.String() != want.String() {
			t.Errorf("got\n%s\nwant\n%s", got.String(), want.String())
		}
	})
}

// follows are the events of a command. Tries are independent of each other, so
// the events are sorted by delivery.
func (s *story) follows(command string) string {
	s.do(strings.Fields(command))
	synctest.Wait()
	events := s.take()
	slices.SortStableFunc(events, func(a, b string) int {
		a, _, _ = strings.Cut(a, ":")
		b, _, _ = strings.Cut(b, ":")
		return strings.Compare(a, b)
	})
	return strings.Join(events, "")
}

func (s *story) do(words []string) {
	switch word, args := words[0], words[1:]; word {
	case "delivery":
		s.delivery(args[0], args[1], args[2], args[3:])
	case "start":
		s.start()
	case "stop":
		s.stop()
	case "crash":
		if len(args) == 2 {
			s.fault(args[1], word)
			return
		}
		s.process.die()
		s.stop()
	case "wake":
		s.process.deliverer.Wake()
	case "next":
		for begun := time.Now(); !s.happened() && time.Since(begun) < 5*time.Minute; synctest.Wait() {
			time.Sleep(50 * time.Millisecond)
		}
	case "clock":
		wrong, err := time.ParseDuration(args[1])
		check(s.T, err)
		s.recorded(number(args[0]), wrong)
	case "wait":
		d, err := time.ParseDuration(args[0])
		check(s.T, err)
		time.Sleep(d)
	case "commits":
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.commits[args[0]] = args[1]; args[1] == "off" {
			delete(s.commits, args[0])
		}
	case "report":
		s.report(number(args[0]), 0, args[1:])
	case "report-before":
		s.report(number(args[0]), 1, args[1:])
	case "told":
		s.mu.Lock()
		defer s.mu.Unlock()
		s.log("%s", strings.Join(s.told, ", "))
	case "over":
		s.over(number(args[0]))
	case "cancel": // as an operator's action does
		for _, id := range s.abandon(run.ID(args[0])) {
			s.process.deliverer.Stop(id)
		}
	case "set":
		s.set(number(args[0]), run.DeliveryState(args[1]))
	case "fail", "late":
		s.fault(args[0], word)
	default:
		s.behave(word, args)
	}
}

func (s *story) start() {
	d := New()
	s.process = &process{world: s.world, deliverer: d}
	d.Store, d.Sender, d.Committer, d.Logger = s.process, s.process, s.process, hclog.NewNullLogger()
	d.Pause = func() Pause { return Pause{First: 4 * time.Second, Longest: 4 * time.Second} }
	d.Folder = func(id run.ID) string { return filepath.Join(s.dir, string(id)) }
	d.Outputs = func(context.Context, run.ID) ([]string, error) { return []string{"out"}, nil }
	d.Tried = func(delivery run.Delivery, state run.DeliveryState, objects int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.told = append(s.told, fmt.Sprintf("%s %s %d", delivery.Destination.Name, state, objects))
	}
	ctx, cancel := context.WithCancel(s.Context())
	s.process.end = cancel
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	s.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			s.Errorf("the deliverer ended with %v", err)
		}
		s.stop = func() {}
	}
}

func (s *story) delivery(id, of, to string, files []string) {
	destination := run.Destination{Name: to, Host: to, Port: 104, AETitle: "PEER"}
	if to == "unknown" {
		destination = run.Destination{Name: to}
	}
	for i, file := range files {
		path := filepath.Join(s.dir, of, "out", file)
		check(s.T, os.MkdirAll(filepath.Dir(path), 0o755))
		writeObject(s.T, path, ctImage, dcm.UID(fmt.Sprintf("1.2.%d", i)), dcm.ExplicitVRLittleEndian)
	}
	now := time.Now()
	s.add(run.Delivery{ID: number(id), Run: run.ID(of), Destination: destination, State: run.DeliveryPending, NextTry: now, Since: time.Since(s.began)})
}

func number(text string) (n int64) {
	fmt.Sscan(text, &n)
	return n
}
