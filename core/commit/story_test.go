package commit

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/commitment"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/internal/wake"
	"github.com/raddeploy/raddeploy/core/run"
)

// story is a committer, its peers, and what outlives a crash. A test tells it what
// happens, a line each, and compares what follows at once:
//
//	> has 1.1 CT matched        an object is recorded, of a SOP class, in an arrival
//	> file 1.1 damaged          or missing, unreadable
//	> start                     the committer runs
//	> CT1 asks 2.1 1.1 1.2      a peer asks by a transaction UID for instances, all CT,
//	                            and releases the association
//	> CT1 asks-on 2.1 1.1       the same, and keeps the association open
//	> sends                     the last such peer sends something on it; ends, breaks
//	> same busy                 or refuses: how it takes reports there
//	> CT1 down                  or busy, refuses, slow, takes: how it takes reports
//	> next                      time passes until something happens
//	> wait 1h                   time passes
//	> stop, crash               the committer's context, or its process, ends
//	> fail CALL, crash at CALL  the next such call of the store fails, or never returns
//	> late CALL                 the next such call is answered after a second, as it was
//	> wake                      the committer looks
//	> left, recovered           an earlier agent left associations; they are recovered
type story struct {
	*testing.T
	*world
	process *process
	same    *same
	stop    func()
}

const ctClass, mrClass dcm.UID = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"

func tell(t *testing.T, transcript string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &story{T: t, world: newWorld(), stop: func() {}}
		s.process = &process{world: s.world}
		defer func() { s.stop() }()
		var got, want strings.Builder
		for line := range strings.Lines(strings.TrimSpace(transcript)) {
			line = strings.TrimSpace(line)
			want.WriteString(line + "\n")
			if command, ok := strings.CutPrefix(line, "> "); ok {
				s.do(strings.Fields(command))
				synctest.Wait()
				fmt.Fprintf(&got, "> %s\n%s", command, strings.Join(s.take(), ""))
			}
		}
		if got.String() != want.String() {
			t.Errorf("got\n%s\nwant\n%s", got.String(), want.String())
		}
	})
}

func (s *story) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	events := s.events
	s.events = nil
	return events
}

func (s *story) do(words []string) {
	switch word, args := words[0], words[1:]; word {
	case "has":
		class := map[string]dcm.UID{"CT": ctClass, "MR": mrClass}[args[1]]
		n := int64(len(s.stored) + 1)
		s.stored = append(s.stored, run.Stored{Arrival: n, State: run.ArrivalState(args[2]),
			Object: run.Object{ID: n, File: args[0], SOPClassUID: class, SOPInstanceUID: dcm.UID(args[0])}})
	case "file":
		s.files[args[0]] = fileErrors[args[1]]
	case "start":
		s.start()
	case "stop":
		s.stop()
	case "left", "recovered":
		s.left = word == "left"
	case "crash":
		if len(args) == 2 {
			s.faults[args[1]] = word
			return
		}
		s.process.dead = true
		s.stop()
	case "wake":
		s.process.committer.Wake()
	case "fail", "late":
		s.faults[args[0]] = word
	case "next":
		for begun := time.Now(); !s.happened() && time.Since(begun) < 48*time.Hour; synctest.Wait() {
			time.Sleep(50 * time.Millisecond)
		}
	case "wait":
		d, err := time.ParseDuration(args[0])
		if err != nil {
			s.Fatal(err)
		}
		time.Sleep(d)
	case "same":
		s.same.mu.Lock()
		defer s.same.mu.Unlock()
		s.same.how = args[0]
	case "sends", "ends", "breaks":
		s.same.mu.Lock()
		defer s.same.mu.Unlock()
		s.same.last, s.same.ended, s.same.how = time.Now(), word == "ends", word
	default:
		s.peer(word, args[0], args[1:])
	}
}

func (s *story) start() {
	c := New()
	s.process = &process{world: s.world, committer: c}
	c.Store, c.Files, c.Receiving, c.Reporter, c.Logger = s.process, s.process, s.process, s.process, hclog.NewNullLogger()
	c.Pause = func() wake.Backoff { return wake.Backoff{First: time.Minute, Longest: time.Hour} }
	c.GiveUpAfter = func() time.Duration { return 24 * time.Hour }
	c.Keep = c.GiveUpAfter
	ctx, cancel := context.WithCancel(s.Context())
	s.process.end = cancel
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	s.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			s.Errorf("the committer ended with %v", err)
		}
		s.stop = func() {}
	}
}

func (s *story) peer(title, how string, args []string) {
	s.world.mu.Lock()
	if how != "asks" && how != "asks-on" {
		s.peers[dcm.AETitle(title)] = how
		s.world.mu.Unlock()
		return
	}
	s.world.mu.Unlock()
	request := commitment.Request{Transaction: dcm.UID(args[0])}
	for _, instance := range args[1:] {
		request.References = append(request.References, run.Reference{SOPClassUID: ctClass, SOPInstanceUID: dcm.UID(instance)})
	}
	r := actionOf(request.Encode(dcm.ImplicitVRLittleEndian))
	c := s.process.committer
	on := &asking{c, &dimse.Association{CallingAE: dcm.AETitle(title)}, nil}
	if how == "asks-on" {
		on.same = func() Association {
			s.same = &same{process: s.process, last: time.Now()}
			return s.same
		}
	}
	if status := on.Action(s.Context(), r); !status.Success() {
		s.world.mu.Lock()
		s.log("%s is answered %s", title, status)
		s.world.mu.Unlock()
	}
}

// actionOf is an N-ACTION of storage commitment.
func actionOf(data []byte) *dimse.ActionRequest {
	return &dimse.ActionRequest{ActionType: commitment.ActionRequest, Notified: dimse.Notified{
		SOPClassUID: dcm.StorageCommitment, SOPInstanceUID: dcm.StorageCommitmentInstance,
		TransferSyntaxUID: dcm.ImplicitVRLittleEndian, Data: bytes.NewReader(data),
	}}
}
