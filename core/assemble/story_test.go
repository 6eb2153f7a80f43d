package assemble

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/run"
)

// story is a receiver, an assembler and what outlives a crash of both: the
// store and the spool. A test tells it what happens, a line each, and compares
// what it answers:
//
//	> open A CT1          an association of CT1 begins arrival A
//	> add A 1.2 x y       objects x and y of series 2 of study 1 come, and are
//	                      recorded; "1": study 1 has one series, "1.": they name
//	                      no series, "-": nor a study
//	> spool A 1.2 z       z comes, is answered, and is not recorded yet
//	> release A           the association ends; what is not recorded is now
//	> abort A
//	> asked A             storage commitment was asked for something of it
//	> recover             as at the agent's start and now and then
//	> crash               the process ends and another one begins
//	> fail CALL           the store's next such call fails: the disk is full
//	> late CALL           the store's next such call is applied after a second
//	> block CALL          the store's next such call returns when its context ends
//	> together A | B      B happens while A is under way
//	> run                 the loop runs
//	> wait 30s            time passes
//	> stop                the loop's context ends, and it returns
//	> rules association; study idle=60s late=hold expect=CT,RTSTRUCT
//	                      these rules are in use from now on
//	> clock +1h           somebody sets the clock
//	> waits G1            what arrival G1 waits for is asked
//	> files               which files there are is asked
//
// An object "ct1" is a CT, and "ct1=b" the same SOP instance with the bytes b.
// Arrivals of series and studies are G1, G2 and so on.
//
// The answer is each arrival that has changed, with its objects and reason,
// whether flows are to be matched, an error, and what the loop logs as one.
type story struct {
	*testing.T
	*Assembler
	store    *store
	spool    *spool
	receiver *receiver
	stop     func()

	mu       sync.Mutex // the loop may be running
	rulesNow []flow.Rule
	jump     time.Duration // of the clock, in all
	minted   int
	woken    int
	log      strings.Builder
	shown    map[run.ArrivalID]string
}

// tell checks a story told as above, with the answers that are wanted.
func tell(t *testing.T, onAbort OnAbort, transcript string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &story{T: t, store: newStore(), spool: &spool{bytes: map[string]string{}}, shown: map[run.ArrivalID]string{}, stop: func() {}}
		s.begin(onAbort)
		defer func() { s.stop() }()
		var got strings.Builder
		for line := range strings.Lines(strings.TrimSpace(transcript)) {
			if command, ok := strings.CutPrefix(strings.TrimSpace(line), "> "); ok {
				fmt.Fprintf(&got, "> %s\n%s", command, s.answer(command))
			}
		}
		if want := unindent(transcript); got.String() != want {
			t.Errorf("got\n%s\nwant\n%s", got.String(), want)
		}
	})
}

func unindent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimSpace(text)) {
		b.WriteString(strings.TrimSpace(line) + "\n")
	}
	return b.String()
}

// begin is the start of a process.
func (s *story) begin(onAbort OnAbort) {
	s.receiver = &receiver{open: map[run.ArrivalID]bool{}, released: map[run.ArrivalID]bool{}, last: map[run.ArrivalID][]run.Object{}}
	s.receiver.sent, s.receiver.sender = map[run.ArrivalID]map[dcm.UID]bool{}, map[run.ArrivalID]run.Sender{}
	s.Assembler = &Assembler{Store: s.store, Spool: s.spool, Headers: s.spool, OnAbort: onAbort, Wake: s.wake}
	s.Assembler.mint, s.Clock, s.Rules = s.name, s.clockNow, s.rulesInUse
	s.Logger = hclog.New(&hclog.LoggerOptions{Level: hclog.Error, Output: &s.log, Mutex: &s.mu, DisableTime: true})
}

func (s *story) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.woken++
}

// loop begins the loop of the process.
func (s *story) loop() {
	ctx, cancel := context.WithCancel(s.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Assembler.Run(ctx, s.receiver) }()
	s.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			s.Errorf("the loop ended with %v", err)
		}
		s.stop = func() {}
	}
}

func (s *story) answer(command string) string {
	var errs []string
	if both, ok := strings.CutPrefix(command, "together "); ok {
		first, second, _ := strings.Cut(both, " | ")
		ended := make(chan error)
		go func() { ended <- s.do(first) }()
		synctest.Wait() // the first is within the store
		errs = append(errs, said(s.do(second)), said(<-ended))
	} else {
		errs = append(errs, said(s.do(command)))
	}
	return s.changes() + strings.Join(errs, "")
}

func said(err error) string {
	if err == nil {
		return ""
	}
	return "error: " + err.Error() + "\n"
}

func (s *story) changes() string {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, r := range s.store.rows {
		if shown := r.String(); shown != s.shown[r.id] {
			s.shown[r.id] = shown
			b.WriteString(shown + "\n")
		}
	}
	if s.woken > 0 {
		fmt.Fprintf(&b, "match!\n")
	}
	s.woken = 0
	b.WriteString(s.log.String())
	s.log.Reset()
	return b.String()
}

func (s *story) do(command string) error {
	word, rest, _ := strings.Cut(command, " ")
	args := strings.Fields(rest)
	ctx, cancel := context.WithTimeout(s.Context(), time.Minute) // the agent stops
	defer cancel()
	switch word {
	case "crash":
		s.stop()
		s.begin(s.OnAbort)
		return nil
	case "rules":
		s.mu.Lock()
		defer s.mu.Unlock()
		s.rulesNow = rulesOf(s.T, rest)
		return nil
	case "clock":
		by, err := time.ParseDuration(args[0])
		s.mu.Lock()
		defer s.mu.Unlock()
		s.jump += by
		return err
	case "files":
		s.files()
		return nil
	case "waits":
		s.waits(ctx, run.ArrivalID(args[0]))
		return nil
	case "recover":
		return s.Recover(ctx, s.receiver)
	case "fail", "late", "block":
		s.store.mu.Lock()
		defer s.store.mu.Unlock()
		s.store.faults[args[0]] = word
		return nil
	case "unreadable":
		s.spool.err = errors.New("input/output error")
		return nil
	case "run":
		s.loop()
		synctest.Wait()
		return nil
	case "wait":
		pause, err := time.ParseDuration(args[0])
		time.Sleep(pause)
		synctest.Wait()
		return err
	case "stop":
		s.stop()
		return nil
	}
	id := run.ArrivalID(args[0])
	switch word {
	case "open":
		sender := run.Sender{CallingAE: dcm.AETitle(args[1]), CalledAE: "RADDEPLOY", Address: "10.0.0.7"}
		s.receiver.begin(id, sender)
		return s.Open(ctx, run.Arrival{ID: id, Sender: sender})
	case "add":
		return s.Add(ctx, id, s.receiver.came(id, s.spool.keep(id, args[1], args[2:])))
	case "spool":
		s.receiver.last[id] = append(s.receiver.last[id], s.receiver.came(id, s.spool.keep(id, args[1], args[2:]))...)
		return nil
	case "asked":
		s.store.mu.Lock()
		defer s.store.mu.Unlock()
		s.store.asked[id] = true
		return nil
	case "release":
		err := s.Released(ctx, id, s.receiver.last[id])
		s.receiver.end(id, err != nil)
		s.Ended()
		synctest.Wait()
		return err
	case "abort":
		err := s.Aborted(ctx, id, s.receiver.last[id], "EOF")
		s.receiver.end(id, false)
		s.Ended()
		synctest.Wait()
		return err
	}
	s.Fatalf("unknown command %q", command)
	return nil
}

// receiver knows the associations of its process.
type receiver struct {
	mu             sync.Mutex
	open, released map[run.ArrivalID]bool
	last           map[run.ArrivalID][]run.Object // not recorded yet
	sent           map[run.ArrivalID]map[dcm.UID]bool
	sender         map[run.ArrivalID]run.Sender
}

func (r *receiver) Open(id run.ArrivalID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open[id]
}

func (r *receiver) Released(id run.ArrivalID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.released[id]
}

func (r *receiver) Sending(uid dcm.UID) []run.Sender {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []run.Sender
	for id := range r.open {
		if r.sent[id][uid] || dcm.UID(id) == uid {
			all = append(all, r.sender[id])
		}
	}
	return all
}

func (r *receiver) begin(id run.ArrivalID, sender run.Sender) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open[id], r.sender[id], r.sent[id] = true, sender, map[dcm.UID]bool{}
}

func (r *receiver) came(id run.ArrivalID, objects []run.Object) []run.Object {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sent[id] == nil {
		r.sent[id] = map[dcm.UID]bool{}
	}
	for _, o := range objects {
		r.sent[id][o.SeriesUID], r.sent[id][o.StudyUID] = true, true
	}
	delete(r.sent[id], "")
	return objects
}

func (r *receiver) end(id run.ArrivalID, released bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, id)
	r.released[id] = released
}

// spool is a folder of files.
type spool struct {
	mu    sync.Mutex
	files []run.Object
	bytes map[string]string // of files, where a test gives some
	err   error             // some cannot be read
}

func (s *spool) keep(id run.ArrivalID, series string, names []string) []run.Object {
	study, _, _ := strings.Cut(strings.TrimPrefix(series, "-"), ".")
	if series == "-" || strings.HasSuffix(series, ".") {
		series = ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var objects []run.Object
	for _, name := range names {
		instance, content, _ := strings.Cut(name, "=")
		file := string(id) + "/" + name
		for slices.ContainsFunc(s.files, func(o run.Object) bool { return o.File == file }) {
			file += "'"
		}
		s.bytes[file] = instance + content
		objects = append(objects, run.Object{
			File: file, StudyUID: dcm.UID(study), SeriesUID: dcm.UID(series), SOPInstanceUID: dcm.UID(instance), Received: time.Now(),
		})
	}
	s.files = append(s.files, objects...)
	return objects
}

func (s *spool) Recover(id run.ArrivalID, known func(string) bool) ([]run.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var objects []run.Object
	for _, o := range s.files {
		if strings.HasPrefix(o.File, string(id)+"/") && !known(o.File) {
			objects = append(objects, o)
		}
	}
	return objects, s.err
}

func (s *spool) Same(file, other string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes[file] == s.bytes[other], s.err
}

func (s *spool) Discard(id run.ArrivalID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = slices.DeleteFunc(s.files, func(o run.Object) bool { return strings.HasPrefix(o.File, string(id)+"/") })
	return s.err
}
