package ui

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/api"
	"github.com/raddeploy/raddeploy/core/run"
)

// now is whether anything needs a person, and how things stand.
type now struct {
	api.Overview
	Needs     []need
	MoreNeeds int
	Rate      string
	LastHour  int64
	Began     time.Time // since when objects are counted
	Made      int       // runs of the last day
	Oldest    *api.DestinationState
	Coming    []api.Arrival
	Running   []running
	Executors []executor
	Charts    map[string]chart
	Problems  []string
}

// need is what waits for a person: what it is, why, and what can be done.
type need struct {
	State string // as a state looks
	What  string
	Link  string
	More  string
	Why   string
	Since *time.Time
	Acts  []link
}

type link struct {
	Name, To string
	Ask      bool // it asks before it does something
}

// running is a run with tasks that have begun.
type running struct {
	Run      run.ID
	Flow     string
	Tasks    []api.Lease
	Since    time.Time
	Executor string
	GPUs     []string
}

const mostNeeds = 12

func (p *Pages) now(r *http.Request) (*page, error) {
	overview, err := p.api.Overview(r.Context())
	if err != nil {
		return nil, err
	}
	n := &now{Overview: overview, Oldest: oldestOf(overview.Destinations)}
	if err := p.needs(r, n); err != nil {
		return nil, err
	}
	coming, err := p.api.Arrivals(r.Context(), api.ArrivalQuery{States: []run.ArrivalState{run.ArrivalReceiving}, Paging: api.Paging{Limit: 20}})
	if err != nil {
		return nil, err
	}
	n.Coming = coming.Items
	n.Executors = executorsOf(p.api.Executors(), overview.Leases)
	n.Running = runningOf(overview.Leases)
	for _, made := range overview.Runs {
		n.Made += made
	}
	n.draw(p.recent.all(pointOf(overview)))
	return &page{Title: "Now", Tab: "Now", Data: n, Sections: []string{
		"now-tiles", "now-needs", "now-coming", "now-running", "now-queue", "now-executors", "now-destinations", "now-errors",
	}}, nil
}

// draw makes the charts of what was kept.
func (n *now) draw(points []point) {
	all := rates(points)
	rate := 0.0
	if len(all) > 0 {
		rate = all[len(all)-1]
	}
	n.Rate = fmt.Sprintf("%.0f /s", rate)
	if rate > 0 && rate < 10 {
		n.Rate = fmt.Sprintf("%.1f /s", rate)
	}
	n.Began, n.LastHour = points[0].at, points[len(points)-1].objects-points[0].objects
	n.Charts = map[string]chart{
		"receiving": newChart("objects a second, last hour", all),
		"running":   newChart("tasks that run, last hour", values(points, func(p point) float64 { return float64(p.running) })),
		"oldest":    newChart("age of the oldest undelivered result, last hour", values(points, func(p point) float64 { return p.oldest.Seconds() })),
	}
}

// oldestOf is the destination whose results have waited longest; nil: none waits.
func oldestOf(all []api.DestinationState) (oldest *api.DestinationState) {
	for i := range all {
		if d := &all[i]; d.Oldest != nil && (oldest == nil || d.Oldest.Before(*oldest.Oldest)) {
			oldest = d
		}
	}
	return oldest
}

func runningOf(leases []api.Lease) (all []running) {
	at := map[run.ID]int{}
	for _, l := range leases {
		i, ok := at[l.Run]
		if !ok {
			i = len(all)
			at[l.Run] = i
			all = append(all, running{Run: l.Run, Flow: named(l.Flow, l.Version), Since: l.Since})
		}
		all[i].Tasks = append(all[i].Tasks, l)
		if !strings.Contains(all[i].Executor, l.Executor) {
			all[i].Executor = strings.TrimPrefix(all[i].Executor+", "+l.Executor, ", ")
		}
		all[i].GPUs = append(all[i].GPUs, l.GPUs...)
	}
	return all
}

// needs gathers what waits for a person: what is held, what failed, who is turned
// away, what is broken.
func (p *Pages) needs(r *http.Request, n *now) error {
	status := p.api.Status(r.Context())
	for _, line := range status.Problems {
		n.Needs = append(n.Needs, need{State: "broken", What: "This agent", Why: line})
	}
	for _, line := range status.FlowProblems {
		n.Needs = append(n.Needs, need{State: "broken", What: "Flow file", Link: "/ui/flows", Why: line})
	}
	for _, e := range status.Executors {
		if e.State != "healthy" && e.State != "draining" {
			n.Needs = append(n.Needs, need{State: e.State, What: e.ID, Link: "/ui/executors", More: "executor", Why: e.Message})
		}
	}
	for _, c := range status.Certificates {
		if c.Problem != "" {
			n.Needs = append(n.Needs, need{State: "warning", What: "Certificate", Link: "/ui/network", Why: c.Problem})
		}
	}
	for _, gather := range []func(*http.Request) ([]need, error){p.heldArrivals, p.endedBadly, p.turnedAway} {
		found, err := gather(r)
		if err != nil {
			return err
		}
		n.Needs = append(n.Needs, found...)
	}
	if n.MoreNeeds = len(n.Needs) - mostNeeds; n.MoreNeeds > 0 {
		n.Needs = n.Needs[:mostNeeds]
	}
	return nil
}

func (p *Pages) heldArrivals(r *http.Request) (all []need, err error) {
	held, err := p.api.Arrivals(r.Context(), api.ArrivalQuery{States: run.HeldArrivals(), Paging: api.Paging{Limit: mostNeeds}})
	for _, a := range held.Items {
		at := "/ui/arrivals/" + short(a.ID)
		all = append(all, need{
			State: "held", What: "arrival " + short(a.ID), Link: at, More: "from " + a.CallingAE, Why: cmp.Or(a.Reason, string(a.State)), Since: &a.Opened,
			Acts: []link{{"Look", at, false}, {"Release", at + "/release", true}, {"Discard", at + "/discard", true}},
		})
	}
	return all, err
}

// endedBadly are the runs of the last day that failed, and those that are held.
func (p *Pages) endedBadly(r *http.Request) (all []need, err error) {
	states := append(run.HeldRuns(), run.Failed)
	failed, err := p.api.Runs(r.Context(), api.RunQuery{States: states, Since: time.Now().Add(-24 * time.Hour), Paging: api.Paging{Limit: mostNeeds}})
	for _, one := range failed.Items {
		at := "/ui/runs/" + short(one.ID)
		n := need{State: string(one.State), What: named(one.Flow, one.Version), Link: at, More: "run " + short(one.ID), Why: one.Reason, Since: one.Finished}
		if _, held := one.State.Held(); held {
			n.State = "held"
			n.Acts = []link{{"Look", at, false}, {"Release", at + "/release", true}, {"Discard", at + "/discard", true}}
		} else {
			n.Acts = []link{{"Log", at + "#log", false}, {"Retry", at + "/retry", true}}
			if one.Dispatched != nil && one.Sent == nil && strings.Contains(one.Reason, "deliver") {
				n.Acts = []link{{"Look", at, false}, {"Resend", at + "/resend", true}}
			}
		}
		all = append(all, n)
	}
	return all, err
}

// turnedAway are the peers that were rejected during the last day and not let in
// since.
func (p *Pages) turnedAway(r *http.Request) (all []need, err error) {
	peers, err := p.api.Peers(r.Context())
	accepted := map[string]time.Time{}
	for _, peer := range peers {
		if peer.State == "accepted" && peer.Last != nil {
			accepted[peer.ID] = *peer.Last
		}
	}
	for _, peer := range peers {
		if peer.State != "rejected" || peer.Last == nil || time.Since(*peer.Last) > 24*time.Hour || accepted[peer.ID].After(*peer.Last) {
			continue
		}
		all = append(all, need{
			State: "rejected", What: cmp.Or(peer.CallingAE, "A peer without a title"), Link: "/ui/network", More: "from " + peer.Address,
			Why: peer.Reason + ": " + count(peer.Count, "time"), Since: peer.Last, Acts: []link{{"Look", "/ui/network", false}},
		})
	}
	return all, err
}
