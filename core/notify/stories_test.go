package notify

import (
	"fmt"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/problem"
	"github.com/raddeploy/raddeploy/core/run"
)

// A flow that fails is told of once, with how often within the window, and again when
// it works. Its owner is told, too. A canceled run and one that found nothing to do are
// told to nobody.
func TestFailedOnceAndRecovered(t *testing.T) {
	inTime(t, func(t *testing.T) {
		w := newWorld(config.Notify{Name: "physicist", Flows: []string{"lung*"}}, config.Notify{Name: "brains", Flows: []string{"brain"}})
		story(t, w, func(*Notifier) {
			w.ends("00000000-1", "lungs", run.Failed, "task seg: exit code 7")
			for n := range 3 {
				w.ends(fmt.Sprint("00000001-", n), "lungs", run.Failed, "task seg: exit code 7")
			}
			w.ends("00000002-0", "brain", run.Canceled, "")
			w.ends("00000002-1", "brain", run.Done, "")
			time.Sleep(2 * time.Minute)
			w.ends("00000003-0", "lungs", run.Failed, "task seg: exit code 7")
			w.ends("00000003-1", "lungs", run.Done, "")
			time.Sleep(2 * time.Minute)
		})
		first := "flow lungs failed (run 00000000) in task seg"
		again := "flow lungs works again (run 00000003)"
		both := []string{first + "\n  " + first + " (and 3 times more): task seg: exit code 7", again + "\n  " + again + " (it had failed 1 time since)"}
		want(t, w.texts("a@example.org"), both...)
		if owner := w.texts("owner@example.org"); len(owner) != 2 {
			t.Errorf("the owner was told %q", owner)
		}
	})
}

// What goes on failing is told again after a day.
func TestRemindsOfWhatGoesOnFailing(t *testing.T) {
	inTime(t, func(t *testing.T) {
		w := newWorld(config.Notify{Name: "physicist"})
		story(t, w, func(*Notifier) {
			for n := range 50 {
				w.ends(fmt.Sprintf("%08d", n), "lungs", run.Failed, "no")
				time.Sleep(time.Hour)
			}
		})
		want(t, w.texts("a@example.org"),
			"flow lungs failed (run 00000000) in task seg\n  flow lungs failed (run 00000000) in task seg: no",
			"flow lungs failed (run 00000024) in task seg\n  flow lungs failed (run 00000024) in task seg (and 23 times more): no",
			"flow lungs failed (run 00000048) in task seg\n  flow lungs failed (run 00000048) in task seg (and 23 times more): no")
	})
}

// An executor that is away for a moment is not told of, nor an arrival whose sender
// sends it again. What lasts is.
func TestWhatComesAndGoes(t *testing.T) {
	inTime(t, func(t *testing.T) {
		w := newWorld(config.Notify{Name: "physicist"})
		for _, id := range []string{"0000000a", "0000000b"} {
			w.arrivals[id] = run.Arrival{State: run.ArrivalIncomplete, Reason: "the association was aborted"}
		}
		story(t, w, func(*Notifier) {
			w.happens(run.OfExecutor, "box", "unhealthy", "")
			w.happens(run.OfArrival, "0000000a", "incomplete", "")
			time.Sleep(10 * time.Second)
			w.happens(run.OfExecutor, "box", "healthy", "")
			w.happens(run.OfArrival, "0000000a", "superseded", "")
			time.Sleep(2 * time.Minute)
			w.happens(run.OfExecutor, "box", "unhealthy", "")
			w.happens(run.OfArrival, "0000000b", "incomplete", "")
			time.Sleep(2 * time.Minute)
			w.happens(run.OfExecutor, "box", "healthy", "")
			time.Sleep(2 * time.Minute)
		})
		want(t, w.texts("a@example.org"),
			"executor box is unhealthy, and 1 other event\n  executor box is unhealthy: no docker\n  arrival 0000000b is held: it waits to be released or discarded: the association was aborted",
			"executor box is healthy again\n  executor box is healthy again")
	})
}

// An outage is one message, which says how many it does not list; and a block has no
// more messages in an hour than it may.
func TestManyAtOnce(t *testing.T) {
	inTime(t, func(t *testing.T) {
		w := newWorld(config.Notify{Name: "physicist"})
		story(t, w, func(*Notifier) {
			for n := range 500 {
				w.ends(fmt.Sprintf("%08d", n), fmt.Sprintf("flow%03d", n), run.Failed, "no")
			}
			time.Sleep(2 * time.Minute)
			for n := range 20 {
				w.ends(fmt.Sprintf("1%07d", n), fmt.Sprintf("other%d", n), run.Failed, "no")
				time.Sleep(2 * time.Minute)
			}
			if got := len(w.texts("a@example.org")); got != 3 {
				t.Errorf("%d messages in less than an hour", got)
			}
			time.Sleep(time.Hour)
		})
		all := w.texts("a@example.org")
		if len(all) < 4 || w.sent[0].Content.NotListed != 495 || len(w.sent[0].Content.Events) != 5 {
			t.Errorf("%d messages; the first: %s", len(all), all[0])
		}
		told := 0
		for _, m := range w.sent {
			if m.Recipient == "a@example.org" {
				told += len(m.Content.Events) + m.Content.NotListed
			}
		}
		if told != 520 {
			t.Errorf("%d events were told, want 520", told)
		}
	})
}

// A delivery that failed is told of as the destination's failure, and not a second time
// as the flow's.
func TestDestinations(t *testing.T) {
	inTime(t, func(t *testing.T) {
		w := newWorld(config.Notify{Name: "physicist"})
		deliver := func(id string, to run.DeliveryState, ends run.State) {
			w.deliveries[run.ID(id)] = []run.Delivery{{ID: 4, Run: run.ID(id), Destination: run.Destination{Name: "pacs"}, State: to, Reason: "refused: A700"}}
			w.runs[id] = run.Run{ID: run.ID(id), Flow: "lungs", State: ends, Reason: "pacs: refused"}
			w.happens(run.OfDelivery, "4", string(to), run.ID(id))
			w.happens(run.OfRun, id, string(ends), "")
		}
		story(t, w, func(*Notifier) {
			deliver("00000001", run.DeliveryFailed, run.Failed)
			time.Sleep(2 * time.Minute)
			deliver("00000002", run.DeliverySent, run.Done)
			time.Sleep(2 * time.Minute)
		})
		want(t, w.texts("a@example.org"),
			"results of flow lungs were not delivered to pacs (run 00000001)\n  results of flow lungs were not delivered to pacs (run 00000001): refused: A700",
			"destination pacs takes results again\n  destination pacs takes results again")
	})
}

// A store that fails and agents that end lose nothing and tell nothing twice.
func TestStoreFailsAndAgentsEnd(t *testing.T) {
	inTime(t, func(t *testing.T) {
		w := newWorld(config.Notify{Name: "physicist"})
		fail := func(is bool) { w.mu.Lock(); w.broken = is; w.mu.Unlock() }
		story(t, w, func(*Notifier) {
			fail(true)
			w.ends("00000001", "lungs", run.Failed, "no")
			time.Sleep(10 * time.Minute)
			fail(false)
			time.Sleep(62 * time.Second) // looked at, and the window is open
		})
		w.ends("00000002", "brain", run.Failed, "no") // while no agent runs
		time.Sleep(time.Hour)
		story(t, w, func(*Notifier) { time.Sleep(2 * time.Minute) })
		story(t, w, func(*Notifier) { time.Sleep(2 * time.Minute) })
		told := map[string]int{}
		for _, m := range w.sent {
			for _, e := range m.Content.Events {
				if m.Recipient == "a@example.org" {
					told[e.Flow]++
				}
			}
		}
		if told["lungs"] != 1 || told["brain"] != 1 {
			t.Errorf("told: %v", told)
		}
	})
}

// A server that is down is tried again at growing pauses, and after a day of running the
// message is given up. One that needs somebody is tried seldom.
func TestGivesUp(t *testing.T) {
	for _, test := range []struct {
		name        string
		refusal     Refusal
		least, most int // tries
	}{
		{"down", Refusal{Server: true}, 45, 110},
		{"login refused", Refusal{Server: true, Slow: true}, 40, 105},
		{"refused for good", Refusal{Final: true}, 1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			inTime(t, func(t *testing.T) {
				w := newWorld(config.Notify{Name: "physicist"})
				test.refusal.Why = problem.Error{Op: "mail server says\r\nno"}
				early := 0
				w.refuse = func(m run.Message) error {
					if m.Recipient == "a@example.org" && time.Since(m.Created) < 5*time.Minute {
						early++
					}
					return &test.refusal
				}
				story(t, w, func(*Notifier) {
					w.ends("00000001", "lungs", run.Failed, "no")
					time.Sleep(26 * time.Hour)
				})
				m := w.messages[0]
				if m.State != run.MessageFailed || m.Tries < test.least || m.Tries > test.most {
					t.Errorf("%s after %d tries: %s", m.State, m.Tries, m.Reason)
				}
				if slow := early == 1; slow != (test.refusal.Slow || test.refusal.Final) {
					t.Errorf("%d tries in the first five minutes", early)
				}
				if got := m.Reason[len(m.Reason)-len("mail server says no"):]; got != "mail server says no" {
					t.Errorf("the reason is %q", m.Reason)
				}
			})
		})
	}
}

// A digest comes once a day at its time, also where no agent ran then.
func TestDigest(t *testing.T) {
	inTime(t, func(t *testing.T) {
		w := newWorld(config.Notify{Name: "physicist", On: []run.NoticeKind{run.NoticeDigest}, Flows: []string{"lungs"}})
		story(t, w, func(*Notifier) { time.Sleep(48 * time.Hour) })
		time.Sleep(24 * time.Hour)
		story(t, w, func(*Notifier) { time.Sleep(time.Minute) })
		want(t, w.texts("a@example.org"), "7 runs done, 1 failed, 2 held, 3 undelivered", "7 runs done, 1 failed, 2 held, 3 undelivered", "7 runs done, 1 failed, 2 held, 3 undelivered")
		d := w.sent[1].Content.Digest
		if hour := w.sent[0].Created; hour.Hour() != 7 || hour.Minute() != 0 || d.To.Sub(d.From).Round(time.Hour) != 24*time.Hour {
			t.Errorf("at %s, from %s to %s", hour, d.From, d.To)
		}
		if *d.DiskDaysLeft != 9 || d.OldestSeconds != 3600 || len(d.Flows) != 1 {
			t.Errorf("%+v", d)
		}
		_, body, err := render(config.Email{}, w.sent[1].Content)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"- flow lungs: 7 done, 1 failed, 0 other", "Undelivered: 3, the oldest for 3600 seconds", "Held: 2 arrivals, 0 runs", "Disk: full in 9 days"} {
			if !contains(body, line) {
				t.Errorf("%q is not in\n%s", line, body)
			}
		}
	})
}
