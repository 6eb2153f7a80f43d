package dimse_test

import (
	"strings"
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/dimse"
	"github.com/raddeploy/raddeploy/core/dimse/pdu"
)

// transitions is PS3.8 table 9-10: the action for each event in each state, "-"
// where the event is not possible.
const transitions = `
Event  Sta1 Sta2 Sta3 Sta4 Sta5 Sta6 Sta7 Sta8 Sta9 Sta10 Sta11 Sta12 Sta13
Evt1   AE-1 -    -    -    -    -    -    -    -    -     -     -     -
Evt2   -    -    -    AE-2 -    -    -    -    -    -     -     -     -
Evt3   -    AA-1 AA-8 -    AE-3 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8  AA-8  AA-6
Evt4   -    AA-1 AA-8 -    AE-4 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8  AA-8  AA-6
Evt5   AE-5 -    -    -    -    -    -    -    -    -     -     -     -
Evt6   -    AE-6 AA-8 -    AA-8 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8  AA-8  AA-7
Evt7   -    -    AE-7 -    -    -    -    -    -    -     -     -     -
Evt8   -    -    AE-8 -    -    -    -    -    -    -     -     -     -
Evt9   -    -    -    -    -    DT-1 -    AR-7 -    -     -     -     -
Evt10  -    AA-1 AA-8 -    AA-8 DT-2 AR-6 AA-8 AA-8 AA-8  AA-8  AA-8  AA-6
Evt11  -    -    -    -    -    AR-1 -    -    -    -     -     -     -
Evt12  -    AA-1 AA-8 -    AA-8 AR-2 AR-8 AA-8 AA-8 AA-8  AA-8  AA-8  AA-6
Evt13  -    AA-1 AA-8 -    AA-8 AA-8 AR-3 AA-8 AA-8 AR-10 AR-3  AA-8  AA-6
Evt14  -    -    -    -    -    -    -    AR-4 AR-9 -     -     AR-4  -
Evt15  -    -    AA-1 AA-2 AA-1 AA-1 AA-1 AA-1 AA-1 AA-1  AA-1  AA-1  -
Evt16  -    AA-2 AA-3 -    AA-3 AA-3 AA-3 AA-3 AA-3 AA-3  AA-3  AA-3  AA-2
Evt17  -    AA-5 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4  AA-4  AA-4  AR-5
Evt18  -    AA-2 -    -    -    -    -    -    -    -     -     -     AA-2
Evt19  -    AA-1 AA-8 -    AA-8 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8  AA-8  AA-7
`

// unreached says why a state is none that a peer can meet.
var unreached = map[string]string{
	"Sta3":  "the answer to a request is decided at once: what comes meanwhile is read in Sta6, or in Sta13 after a rejection",
	"Sta8":  "while a release is being recorded nothing is read: what comes meanwhile is read in Sta13",
	"Sta9":  "a release that collides with ours is answered at once",
	"Sta10": "a provider requests no release",
	"Sta12": "a provider requests no release",
}

// elsewhereTested says where the events are tested that are not PDUs and have
// nothing of a peer's.
var elsewhereTested = map[string]string{
	"Evt1 Sta1":  "TestEcho: Dial opens a connection",
	"Evt2 Sta4":  "reaching Sta5: A-ASSOCIATE-RQ is sent",
	"Evt5 Sta1":  "reaching Sta2: a connection is taken",
	"Evt9 Sta6":  "reaching Sta6 of a user: C-ECHO-RQ is sent",
	"Evt11 Sta6": "reaching Sta7: A-RELEASE-RQ is sent",
	"Evt15 Sta4": "TestDialFails",
	"Evt17 Sta4": "TestDialFails",
}

// reach has the ways into each state that a peer can meet.
var reach = map[string]map[string]func(t *testing.T) *machine{
	"Sta2": {"provider": func(t *testing.T) *machine {
		return &machine{connectRaw(t, serve(t, &dimse.Server{ARTIM: 300 * time.Millisecond})), nil, nil}
	}},
	"Sta5": {"user": func(t *testing.T) *machine {
		return asUser(t, func(m *machine) { m.expect(pdu.TypeAssociateRQ) })
	}},
	"Sta6": {
		"provider": func(t *testing.T) *machine {
			r := newRecorder()
			p := connectPeer(t, serve(t, &dimse.Server{NewSession: r.NewSession}))
			return &machine{p, func() error { return r.end(t) }, nil}
		},
		"user": func(t *testing.T) *machine {
			return asUser(t, func(m *machine) { m.accept(); m.expect(pdu.TypeData) })
		},
	},
	"Sta7": {"user": func(t *testing.T) *machine { return asUser(t, (*machine).releasing) }},
	"Sta11": {"user": func(t *testing.T) *machine {
		return asUser(t, func(m *machine) {
			m.releasing()
			m.send((&pdu.ReleaseRQ{}).Append(nil))
			m.expect(pdu.TypeReleaseRP) // AR-8, AR-9
		})
	}},
	"Sta13": {
		"after a release": func(t *testing.T) *machine {
			p := connectPeer(t, serve(t, &dimse.Server{ARTIM: 300 * time.Millisecond}))
			p.send((&pdu.ReleaseRQ{}).Append(nil))
			m := &machine{p, nil, nil}
			m.expect(pdu.TypeReleaseRP)
			return m
		},
		"after a rejection": func(t *testing.T) *machine {
			p := connectRaw(t, serve(t, &dimse.Server{ARTIM: 300 * time.Millisecond, Admit: func(*dimse.AssociateRequest) *dimse.Reject { return dimse.NoReasonGiven() }}))
			p.send(associateRQ().Append(nil))
			m := &machine{p, nil, nil}
			m.expect(pdu.TypeAssociateRJ)
			return m
		},
	},
}

// TestEveryStateAndEvent has each cell of the standard's table either tried on a
// real connection, or a reason why it cannot be.
func TestEveryStateAndEvent(t *testing.T) {
	var states []string
	for line := range strings.Lines(strings.TrimSpace(transitions)) {
		cells := strings.Fields(line)
		if cells[0] == "Event" {
			states = cells[1:]
			continue
		}
		if len(cells) != 14 {
			t.Fatalf("%d cells: %s", len(cells), line)
		}
		for i, action := range cells[1:] {
			event, state := cells[0], states[i]
			if action == "-" || unreached[state] != "" || elsewhereTested[event+" "+state] != "" {
				continue
			}
			if len(reach[state]) == 0 {
				t.Errorf("%s in %s (%s) is not tried", event, state, action)
			}
			for way, bring := range reach[state] {
				if event == "Evt15" && way == "provider" {
					continue // TestStopAbortsWhatDoesNotFinish
				}
				t.Run(event+"/"+state+"/"+way, func(t *testing.T) {
					t.Parallel()
					m := bring(t)
					m.happens(event, way)
					m.does(action, way)
				})
			}
		}
	}
}

// A peer that does not wait for the answer to its request is answered first.
func TestWhatComesWithTheRequest(t *testing.T) {
	for event, action := range map[string]string{
		"Evt3": "AA-8", "Evt4": "AA-8", "Evt6": "AA-8", "Evt10": "DT-2", "Evt12": "AR-2", "Evt13": "AA-8", "Evt16": "AA-3", "Evt17": "AA-4", "Evt19": "AA-8",
	} {
		t.Run(event, func(t *testing.T) {
			r := newRecorder()
			m := &machine{connectRaw(t, serve(t, &dimse.Server{NewSession: r.NewSession})), func() error { return r.end(t) }, nil}
			m.send(associateRQ().Append(nil))
			m.happens(event, "provider")
			m.expect(pdu.TypeAssociateAC)
			m.does(action, "provider")
		})
	}
}
