package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/assemble"
	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/deliver"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
	"github.com/raddeploy/raddeploy/sdk"
)

// scenario writes a database whose arrivals, runs, tasks, attempts, deliveries
// and objects are in every state that they can reach, with ids and times that
// are the same every time. States are written as the database spells them.
type scenario struct {
	t        *testing.T
	db       *state.DB
	clock    time.Time
	arrivals []run.ArrivalID
	runs     []run.ID
}

// now is a second after the last time that was asked.
func (s *scenario) now() time.Time {
	if s.clock.IsZero() {
		s.clock = time.Date(2024, 2, 29, 12, 0, 0, 123456789, time.UTC)
	}
	s.clock = s.clock.Add(time.Second)
	return s.clock
}

func (s *scenario) check(err error) {
	s.t.Helper()
	check(s.t, err)
}

func (s *scenario) tell() {
	s.arrivalStates()
	s.runStates()
	s.deliveryStates()
}

func (s *scenario) arrivalStates() {
	ctx := s.t.Context()
	receiving := s.open("CT1", "10.0.0.1")
	s.check(s.db.AddObjects(ctx, receiving, s.objects(receiving, "1.1", 2), nil))
	s.close("CT2", "10.0.0.2", "EOF", "1.2", 1)
	s.close("CT3", "10.0.0.3", "EOF", "1.3", 2) // superseded by the next
	s.close("CT3", "10.0.0.3", "", "1.3", 1)
	unmatched := s.close("CT5", "10.0.0.5", "", "1.5", 1)
	s.check(s.db.SetMatched(ctx, run.Matching{
		Arrival: unmatched, State: run.ArrivalUnmatched, Reason: "no flow wanted it",
		Explanation: []byte(`[{"flow":"seg","why":"Modality is CT"}]`),
	}))
	s.close("CT6", "10.0.0.6", "EOF", "", 0)
}

// runStates has one arrival with a run in each state that needs no delivery.
func (s *scenario) runStates() {
	s.match("CT7", "one",
		[]string{"waiting"}, []string{"fast", "slow", "later"}, []string{"only"}, []string{"bad", "after", "beside"}, []string{"late"}, []string{"flaky"})
	waiting, running, done, failed, canceled, again := s.runs[0], s.runs[1], s.runs[2], s.runs[3], s.runs[4], s.runs[5]
	ctx := s.t.Context()
	s.check(s.db.SetWaiting(ctx, []state.Waiting{{Run: waiting, Task: 0, Reason: "waits for 1 GPU"}}))

	fast := s.start(running, 0, 1)
	s.settle(state.Settlement{Run: running, Attempts: []run.Attempt{fast}, Tasks: []run.Task{{Index: 0, State: "succeeded"}}})
	s.check(s.db.SetRemoved(ctx, fast.ID))
	s.start(running, 1, 1)

	only := s.start(done, 0, 1)
	s.settle(state.Settlement{Run: done, State: "done", Attempts: []run.Attempt{only}, Tasks: []run.Task{{Index: 0, State: "succeeded"}}})

	bad := s.start(failed, 0, 1)
	bad.Reason = "exit code 7"
	bad.Exit, _ = json.Marshal(sdk.Exit{Reason: sdk.Exited, Code: 7, Node: "node1"})
	bad.RanOn = run.RanOn{Image: "model:1", Digest: "sha256:0123", Plugin: "docker", PluginVersion: "1.2", Node: "node1",
		Devices: []string{"GPU-1"}, CPU: 1500 * time.Millisecond, MemoryPeak: 5 << 20}
	bad.Warnings = []string{"the image model:1 is another one than in the run before"}
	s.intend(failed, 2, 1)
	s.settle(state.Settlement{Run: failed, State: "failed", Reason: "bad: exit code 7", Attempts: []run.Attempt{bad}, Tasks: []run.Task{
		{Index: 0, State: "failed", Reason: "exit code 7", Retries: 1, Faults: 2}, {Index: 1, State: "skipped", Reason: "bad failed"}}})

	late := s.start(canceled, 0, 1)
	s.settle(state.Settlement{Run: canceled, State: "canceled", Reason: "canceled by an operator", Tasks: []run.Task{{Index: 0, State: "canceled"}}})
	late.Reason, late.Exit = "its run is canceled", nil
	s.settle(state.Settlement{Run: canceled, Attempts: []run.Attempt{late}})

	flaky := s.start(again, 0, 1)
	flaky.Reason = "node lost"
	s.settle(state.Settlement{Run: again, Attempts: []run.Attempt{flaky}, Tasks: []run.Task{{Index: 0, State: "pending", Reason: "tried again: node lost", Faults: 1}}})
	s.intend(again, 0, 2)
}

// deliveryStates has one arrival with a run in each state that its deliveries
// leave it in.
func (s *scenario) deliveryStates() {
	first := len(s.runs)
	s.match("CT8", "two", []string{"a"}, []string{"b"}, []string{"c"}, []string{"d"})
	runs, ctx := s.runs[first:], s.t.Context()

	s.send(runs[0], "waits", "interrupted", "tries", "canceled") // deliveries 1 to 4: sending
	s.try(2, "pending", "interrupted")
	s.check(s.db.BeginTry(ctx, 3))
	s.end(run.TryEnd{Delivery: 4, State: "abandoned", Reason: "its run is canceled", At: s.now()})

	s.send(runs[1], "pacs", "") // 5 and 6: done
	s.list(5)
	s.try(5, "pending", "1 object not taken yet: A700", run.DeliveryObject{File: "out/0.dcm", State: "sent"},
		run.DeliveryObject{File: "out/1.dcm", State: "pending", Status: 0xA700, Reason: "the peer answered A700 (out of resources)"})
	s.check(s.db.BeginTry(ctx, 5))
	s.check(s.db.SetResults(ctx, []run.DeliveryObject{{Delivery: 5, File: "out/1.dcm", State: "sent", Status: 0xB000}}))
	s.end(run.TryEnd{Delivery: 5, State: "sent", At: s.now()})
	s.try(6, "sent", "nothing to send: the output holds no DICOM objects")

	s.send(runs[2], "pacs", "archive", "") // 7 to 9: failed, with one of two sentences
	s.list(7)
	s.try(7, "failed", "1 of 2 objects refused, the last because: the peer answered C000 (cannot understand)",
		run.DeliveryObject{File: "out/0.dcm", State: "failed", Status: 0xC000, Reason: "the peer answered C000 (cannot understand)"})
	s.try(8, "sent", "")
	s.try(9, "failed", "given up after 3 tries: connection refused")

	s.send(runs[3], "pacs") // 10: listed, sent in part
	s.list(10)
	s.check(s.db.BeginTry(ctx, 10))
	s.check(s.db.SetResults(ctx, []run.DeliveryObject{{Delivery: 10, File: "out/0.dcm", State: "sent"}}))
}

func (s *scenario) open(ae dcm.AETitle, address string) run.ArrivalID {
	s.t.Helper()
	id := run.ArrivalID(fmt.Sprintf("a%07d-0000-4000-8000-000000000000", len(s.arrivals)+1))
	s.arrivals = append(s.arrivals, id)
	sender := run.Sender{CallingAE: ae, CalledAE: "RADDEPLOY", Address: address}
	s.check(s.db.OpenArrival(s.t.Context(), run.Arrival{ID: id, Sender: sender, Opened: s.now()}))
	return id
}

func (s *scenario) objects(id run.ArrivalID, study dcm.UID, n int) []run.Object {
	var all []run.Object
	for i := range n {
		all = append(all, run.Object{
			File:              fmt.Sprintf("%s/%d.dcm", id, i),
			SOPClassUID:       "1.2.840.10008.5.1.4.1.1.2",
			SOPInstanceUID:    dcm.UID(fmt.Sprintf("%s.%d", study, i)),
			TransferSyntaxUID: dcm.ExplicitVRLittleEndian,
			StudyUID:          study,
			SeriesUID:         study + ".9",
			Modality:          "CT",
			Patient:           "1234 PH",
			Size:              int64(100 + i),
			Received:          s.now(),
		})
	}
	return all
}

// close is an arrival whose association was released or, for a reason, aborted.
func (s *scenario) close(ae dcm.AETitle, address, aborted string, study dcm.UID, n int) run.ArrivalID {
	s.t.Helper()
	id := s.open(ae, address)
	assembler := &assemble.Assembler{Store: &clocked{s.db, s.now()}, Spool: noSpool{}, Wake: func() {}, Logger: hclog.NewNullLogger()}
	if objects := s.objects(id, study, n); aborted == "" {
		s.check(assembler.Released(s.t.Context(), id, objects))
	} else {
		s.check(assembler.Aborted(s.t.Context(), id, objects, aborted))
	}
	return id
}

// clocked ends arrivals at a time of ours.
type clocked struct {
	*state.DB
	at time.Time
}

func (c *clocked) CloseArrival(ctx context.Context, id run.ArrivalID, _ time.Time, last []run.Object, place run.Place, decide run.Close) error {
	return c.DB.CloseArrival(ctx, id, c.at, last, place, decide)
}

type noSpool struct{}

func (noSpool) Recover(run.ArrivalID, func(string) bool) ([]run.Object, error) { return nil, nil }
func (noSpool) Discard(run.ArrivalID) error                                    { return nil }
func (noSpool) Same(string, string) (bool, error)                              { return false, nil }

// match makes an arrival with a run for each list of tasks.
func (s *scenario) match(ae dcm.AETitle, flow string, tasks ...[]string) {
	s.t.Helper()
	arrival := s.close(ae, "10.0.0.7", "", dcm.UID("1.7."+flow), 2)
	var runs []run.Run
	for range tasks {
		r := run.Run{
			ID:         run.ID(fmt.Sprintf("b%07d-0000-4000-8000-000000000000", len(s.runs)+1)),
			Flow:       flow,
			Version:    "1.02",
			Digest:     "d-" + flow,
			Definition: []byte(`{"name":"` + flow + `"}`),
			Priority:   4,
			Patient:    "1234 PH",
			Objects:    []int64{1, 2},
			Studies:    []run.Study{{Accession: "A-" + flow, Date: "20240229"}},
			Created:    s.now(),
		}
		s.runs, runs = append(s.runs, r.ID), append(runs, r)
	}
	s.check(s.db.SetMatched(s.t.Context(), run.Matching{
		Arrival: arrival, State: run.ArrivalMatched, Explanation: []byte(`[{"flow":"` + flow + `"}]`), Runs: runs, Tasks: tasks,
	}))
}

func (s *scenario) intend(id run.ID, task, number int) run.Attempt {
	s.t.Helper()
	a := run.Attempt{ID: run.AttemptOf(id, task, number), Run: id, Task: task, Number: number, Executor: "docker", GPUs: []string{"GPU-1"}, Intended: s.now()}
	s.check(s.db.Intend(s.t.Context(), a))
	return a
}

func (s *scenario) start(id run.ID, task, number int) run.Attempt {
	s.t.Helper()
	a := s.intend(id, task, number)
	s.check(s.db.SetStarted(s.t.Context(), a.ID, []byte("handle"), s.now()))
	a.Exit, _ = json.Marshal(sdk.Exit{Reason: sdk.Exited, Started: a.Intended, Finished: a.Intended.Add(time.Minute)})
	return a
}

func (s *scenario) settle(settlement state.Settlement) {
	s.t.Helper()
	settlement.At = s.now()
	s.check(s.db.Settle(s.t.Context(), settlement))
}

// send ends the only task of a run, which then has a delivery to each of these
// names.
func (s *scenario) send(id run.ID, names ...string) {
	s.t.Helper()
	settlement := state.Settlement{Run: id, State: "sending", Attempts: []run.Attempt{s.start(id, 0, 1)}, Tasks: []run.Task{{Index: 0, State: "succeeded"}}}
	for i, name := range names {
		to := run.Destination{Name: name, Host: "10.0.1.1", Port: 104 + i, AETitle: dcm.AETitle(fmt.Sprint("PEER", i))}
		settlement.Deliveries = append(settlement.Deliveries, run.Delivery{Destination: to, NextTry: s.now()})
		s.now()
	}
	s.settle(settlement)
}

func (s *scenario) list(delivery int64) {
	s.t.Helper()
	s.check(s.db.ListObjects(s.t.Context(), delivery, []run.DeliveryObject{
		{File: "out/0.dcm", SOPClassUID: "1.2.3", SOPInstanceUID: "1.0", TransferSyntaxUID: dcm.ExplicitVRLittleEndian, State: "pending"},
		{File: "out/1.dcm", SOPClassUID: "1.2.3", SOPInstanceUID: "1.1", TransferSyntaxUID: dcm.ExplicitVRLittleEndian, State: "pending"},
		{File: "out/report.txt", State: "not-dicom", Reason: "not a DICOM file"},
	}))
}

// try is one try at a delivery, with the results of its objects.
func (s *scenario) try(delivery int64, to run.DeliveryState, reason string, results ...run.DeliveryObject) {
	s.t.Helper()
	s.check(s.db.BeginTry(s.t.Context(), delivery))
	for i := range results {
		results[i].Delivery = delivery
	}
	at := s.now()
	s.check(s.db.SetResults(s.t.Context(), results))
	s.end(run.TryEnd{Delivery: delivery, State: to, Reason: reason, Next: at.Add(5 * time.Second), At: at})
}

func (s *scenario) end(end run.TryEnd) {
	s.t.Helper()
	s.check(s.db.EndTry(s.t.Context(), end, deliver.Finish))
}
