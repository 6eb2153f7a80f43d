package match

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/flow"
	"github.com/raddeploy/raddeploy/core/flowfile"
	"github.com/raddeploy/raddeploy/core/run"
)

// story is a matcher, the flows in force, and what outlives a crash: the store
// and the files. A test tells it what happens, a line each, and compares what
// follows at once:
//
//	> flows seg:CT qa:.         these are in force, with a pattern of Modality each
//	> flows seg:CT:study        seg asks for studies
//	> again A                   an object of A came before with other bytes
//	> study A CT1:CT MR1:MR     A is a complete study, with an object of each sender and modality
//	> arrival A CT MR           A is complete, with an object of each modality: 1 and 2
//	> start                     the matcher runs
//	> wake
//	> next                      time passes until something happens
//	> stop                      its context ends, and it returns
//	> unreadable 2              the header of object 2 has no text; breaks: only its modality
//	> slow 2                    it comes after a second
//	> fail CALL [ARRIVAL]       the store's next such call fails: the disk is full
//	> always CALL [ARRIVAL]     so do all, until "> never CALL [ARRIVAL]"
//	> late CALL [ARRIVAL]       it is answered after a second
//	> patience TIME              after it an arrival is matched beside others
//	> block CALL [ARRIVAL]      it is answered when its context ends
//	> moved CALL [ARRIVAL]      before it, somebody else matches the arrival
//	> crash CALL [ARRIVAL]      the process ends before it is applied
//	> unanswered CALL [ARRIVAL] the process ends after it was applied
//
// What follows is a line for each commit, with the runs as FLOW[objects],
// for each wake-up of the scheduler, and for each problem in the log. Of pauses
// between tries, which are random, stand the steps of the backoff.
type story struct {
	*testing.T
	*store
	*Matcher
	inForce []*flowfile.Loaded
	headers map[string]header // by file
	failed  bool              // the matcher pauses before its next try
	stop    func()
}

type header struct {
	modality string
	fault    string
}

// tell checks a story told as above, with what is wanted to follow.
func tell(t *testing.T, transcript string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &story{T: t, store: newStore(), headers: map[string]header{}, stop: func() {}}
		defer func() { s.stop() }()
		var got, want strings.Builder
		for line := range strings.Lines(strings.TrimSpace(transcript)) {
			line = strings.TrimSpace(line)
			want.WriteString(line + "\n")
			if command, ok := strings.CutPrefix(line, "> "); ok {
				s.do(strings.Fields(command))
				synctest.Wait()
				follows := waits.ReplaceAllStringFunc(s.take(), func(wait string) string {
					pause, _ := time.ParseDuration(strings.TrimPrefix(wait, "wait="))
					return "wait=" + step(pause).String()
				})
				if follows != "" {
					s.failed = strings.Contains(follows, "retrying")
				}
				fmt.Fprintf(&got, "> %s\n%s", command, follows)
			}
		}
		if got.String() != want.String() {
			t.Errorf("got\n%s\nwant\n%s", got.String(), want.String())
		}
	})
}

var waits = regexp.MustCompile(`wait=\S+`)

// longest is the longest step of the matcher's backoff here.
const longest = 32 * time.Second

// step is the step of the backoff that a pause is from: half of it is random.
func step(pause time.Duration) time.Duration {
	for step := time.Second; step <= longest; step *= 2 {
		if pause >= step/2 && pause <= step {
			return step
		}
	}
	return pause // of none
}

func (s *story) do(words []string) {
	switch word, args := words[0], words[1:]; word {
	case "flows":
		s.force(args)
	case "arrival":
		s.arrival(args[0], args[1:])
	case "again":
		s.again(run.ArrivalID(args[0]))
	case "study":
		s.study(args[0], args[1:])
	case "start":
		s.start()
	case "stop":
		s.stop()
	case "patience":
		if s.Matcher == nil {
			s.process()
		}
		s.Patience, _ = time.ParseDuration(args[0])
	case "wake":
		s.Wake()
	case "next":
		s.await(func(passed time.Duration) time.Duration {
			if s.failed {
				return step(passed)
			}
			return passed
		})
	case "unreadable", "breaks", "slow":
		s.mu.Lock()
		defer s.mu.Unlock()
		h := s.headers["/"+args[0]]
		s.headers["/"+args[0]] = header{h.modality, word}
	case "always":
		s.mu.Lock()
		defer s.mu.Unlock()
		s.faults[strings.Join(args, " ")] = "always fail"
	case "never":
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.faults, strings.Join(args, " "))
	case "fail", "late", "block", "moved", "crash", "unanswered":
		s.mu.Lock()
		defer s.mu.Unlock()
		s.faults[strings.Join(args, " ")] = word
	default:
		s.Fatalf("unknown command %q", word)
	}
}

func (s *story) start() {
	if s.Matcher == nil {
		s.process()
	}
	ctx, cancel := context.WithCancel(s.Context())
	s.end = cancel
	ended := make(chan error, 1)
	go func() { ended <- s.Matcher.Run(ctx) }()
	s.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			s.Errorf("the matcher ended with %v", err)
		}
		s.stop, s.Matcher = func() {}, nil
	}
}

// process is a matcher that does not run yet.
func (s *story) process() {
	s.Matcher = New()
	s.Patience = time.Hour
	s.Backoff.Longest = longest
	s.Store, s.Flows, s.Headers = s.store, (*flows)(s), (*files)(s)
	s.Differing = func(copies []run.Object) run.Differing {
		return run.Differing{Instances: len(copies), First: "ct1"}
	}
	s.Schedule = func() { s.mu.Lock(); defer s.mu.Unlock(); s.log("schedule") }
	s.Logger = hclog.New(&hclog.LoggerOptions{Level: hclog.Warn, DisableTime: true, Output: (*lines)(s), Mutex: &sync.Mutex{}})
}

func (s *story) arrival(id string, modalities []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &row{Arrival: run.Arrival{ID: run.ArrivalID(id), State: run.ArrivalComplete, Sender: run.Sender{CallingAE: "CT1"}}}
	for _, modality := range modalities {
		o := run.Object{ID: int64(len(s.headers) + 1)}
		o.File = fmt.Sprintf("/%d", o.ID)
		s.headers[o.File] = header{modality: modality}
		r.objects = append(r.objects, o)
	}
	s.rows = append(s.rows, r)
}

// again is what the arrival's number of objects says.
func (s *story) again(id run.ArrivalID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.row(id)
	r.Objects = len(r.objects) + 1
}

// study is an arrival by study whose objects came by an association each.
func (s *story) study(id string, objects []string) {
	var modalities []string
	senders := map[run.ArrivalID]run.Sender{}
	var distinct []run.Sender
	for _, object := range objects {
		sender, modality, _ := strings.Cut(object, ":")
		modalities = append(modalities, modality)
		if _, known := senders[run.ArrivalID(sender)]; !known {
			distinct = append(distinct, run.Sender{CallingAE: dcm.AETitle(sender)})
		}
		senders[run.ArrivalID(sender)] = run.Sender{CallingAE: dcm.AETitle(sender)}
	}
	s.arrival(id, modalities)
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.row(run.ArrivalID(id))
	r.Rule, r.senders = flow.Complete{On: flow.OnStudy}.Rule(), senders
	r.Senders = distinct
	r.Sender = distinct[0]
	for i := range r.objects {
		sender, _, _ := strings.Cut(objects[i], ":")
		o := &r.objects[i]
		h := s.headers[o.File]
		delete(s.headers, o.File)
		o.File = sender + o.File
		s.headers[o.File] = h
	}
}

func (s *story) force(specs []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inForce = nil
	for _, spec := range specs {
		name, trigger, _ := strings.Cut(spec, ":")
		pattern, on, _ := strings.Cut(trigger, ":")
		text := fmt.Sprintf("triggers: [{Modality: %q}]\nmodels: [{image: busybox}]\n", pattern)
		if sender, modality, ok := strings.Cut(pattern, "/"); ok {
			text = fmt.Sprintf("triggers: [{CallingAET: %q, Modality: %q}]\nmodels: [{image: busybox}]\n", sender, modality)
		}
		if on != "" {
			text += "complete: {on: " + strings.NewReplacer(":", ": ", ",", ", ").Replace(on) + "}\n"
		}
		loaded, found := flowfile.Parse(name+".yaml", []byte(text), flowfile.Options{})
		if err := found.Err(); err != nil {
			s.Fatal(err)
		}
		s.inForce = append(s.inForce, loaded...)
	}
}

type flows story

func (f *flows) InForce() []*flowfile.Loaded {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.inForce
}

func (f *flows) Rules() []flow.Rule {
	rules := []flow.Rule{flow.ByAssociation}
	for _, l := range f.InForce() {
		rules = append(rules, l.Rule)
	}
	return rules
}

type files story

// Header returns a data set of explicit VR little endian that holds (0008,0060).
func (f *files) Header(file string) (*dcm.Header, error) {
	f.mu.Lock()
	h := f.headers[file]
	f.mu.Unlock()
	switch h.fault {
	case "unreadable":
		return dcm.ScanDataset(strings.NewReader("\x08\x00\x60\x00CS\xff"), dcm.ExplicitVRLittleEndian)
	case "slow":
		time.Sleep(time.Second)
	}
	value := h.modality
	if len(value)%2 == 1 {
		value += " "
	}
	data := binary.LittleEndian.AppendUint16([]byte{0x08, 0, 0x60, 0, 'C', 'S'}, uint16(len(value)))
	data = append(data, value...)
	if h.fault == "breaks" {
		data = append(data, "\x08\x00\x70\x00LO\xff"...)
	}
	return dcm.ScanDataset(bytes.NewReader(data), dcm.ExplicitVRLittleEndian)
}

// lines takes what is logged as events.
type lines story

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.log("%s", strings.Join(strings.Fields(string(line)), " "))
	return len(line), nil
}
