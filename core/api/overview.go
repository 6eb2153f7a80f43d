package api

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/raddeploy/raddeploy/core/config"
	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// Overview is how things stand at one moment: what runs, what waits and why, what
// could not be sent, and the disk.
type Overview struct {
	Time    time.Time         `json:"time"`
	Objects int64             `json:"objects"` // received ever: it grows by one with each
	Runs    map[run.State]int `json:"runs"`    // of the last day, by the state that they are in
	Open    map[run.State]int `json:"open"`    // that have not ended, whenever they were made
	Queue   []Queued          `json:"queue"`   // the first tasks that could start and wait
	Queued  int               `json:"queued"`  // how many wait
	Leases  []Lease           `json:"leases"`  // attempts that have not ended
	// Destinations are those that the site names, and others that something was sent
	// to lately.
	Destinations []DestinationState `json:"destinations"`
	Disk         Disk               `json:"disk"`
	Errors       []LastError        `json:"errors"` // the newest of each kind
}

// Queued is a task that could start and waits.
type Queued struct {
	Run     run.ID     `json:"run"`
	Flow    string     `json:"flow"`
	Version string     `json:"version"`
	Task    string     `json:"task"`
	Reason  string     `json:"reason"`
	Created time.Time  `json:"created"` // its run
	NextTry *time.Time `json:"next_try"`
}

// Lease is an attempt that has not ended, with what it holds.
type Lease struct {
	Attempt  run.AttemptID `json:"attempt"`
	Run      run.ID        `json:"run"`
	Flow     string        `json:"flow"`
	Version  string        `json:"version"`
	Task     string        `json:"task"`
	Executor string        `json:"executor"`
	GPUs     []string      `json:"gpus"`
	Since    time.Time     `json:"since"`
}

// DestinationState is how it stands with a destination.
type DestinationState struct {
	ID      string `json:"id"` // its name
	Name    string `json:"name"`
	State   string `json:"state"` // up, sending, waiting, down, uncommitted or idle
	Host    string `json:"host"`
	Port    int    `json:"port"`
	AETitle string `json:"ae_title"`
	Named   bool   `json:"named"` // by the site
	TLS     bool   `json:"tls"`
	Open    int    `json:"open"` // deliveries that wait to be sent, or are
	// Uncommitted are sent, and the destination has not said yet that it keeps them.
	Uncommitted int        `json:"uncommitted"`
	Objects     int        `json:"objects"` // of theirs that were not sent, as far as they are listed
	Oldest      *time.Time `json:"oldest"`  // when the results of the oldest were made
	NextTry     *time.Time `json:"next_try"`
	Reason      string     `json:"reason"` // why the last try did not succeed
	Sent        *time.Time `json:"sent"`   // the last delivery that ended well; null: none lately
}

// Disk is the disk of the agent's data.
type Disk struct {
	Free    uint64 `json:"free_bytes"`
	Total   uint64 `json:"total_bytes"`
	Reserve uint64 `json:"reserve_bytes"`
	PerDay  int64  `json:"received_bytes_per_day"` // as received during the last day
}

// Used is how much of the disk is, in percent.
func (d Disk) Used() int {
	if d.Total == 0 {
		return 0
	}
	return int((d.Total - min(d.Free, d.Total)) * 100 / d.Total)
}

// DaysLeft is in how many days the reserve is reached if as much comes as during the
// last day and nothing is removed; 0: it is reached, will be within a day, or is not known
// to be, as [Disk.WhenFull] tells apart.
func (d Disk) DaysLeft() int {
	days, _ := d.WhenFull()
	return days
}

// WhenFull is DaysLeft, and whether that is known: it is not where nothing came.
func (d Disk) WhenFull() (days int, known bool) {
	switch {
	case d.Total == 0: // it could not be looked at
		return 0, false
	case d.Free <= d.Reserve:
		return 0, true
	case d.PerDay <= 0:
		return 0, false
	}
	return int(min((d.Free-d.Reserve)/uint64(d.PerDay), 9999)), true
}

// LastError is the newest error of a kind.
type LastError struct {
	Kind   string    `json:"kind"` // run or delivery
	Run    run.ID    `json:"run"`
	Flow   string    `json:"flow"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// Space tells how much of the disk there is and is free, and the reserve.
type Space func() (free, total, reserve uint64, err error)

// Overview returns how things stand.
func (s *Server) Overview(ctx context.Context) (o Overview, err error) {
	now := time.Now()
	read, err := s.from.DB.Overview(ctx, now.Add(-day))
	if err != nil {
		return o, err
	}
	o = Overview{
		Time: now, Objects: read.Objects, Runs: read.Runs, Open: read.Open, Queued: read.Queued,
		Queue: convert(read.Queue, func(q state.QueuedTask) Queued {
			return Queued{q.Run, q.Flow, q.Version, q.Task, q.Reason, q.Created, when(q.NextTry)}
		}),
		Leases: convert(read.Leases, func(l state.LeasedTask) Lease {
			return Lease{l.Attempt, l.Run, l.Flow, l.Version, l.Task, l.Executor, append([]string{}, l.GPUs...), l.Since}
		}),
		Errors: convert(read.Errors, func(e state.LastError) LastError { return LastError(e) }),
	}
	o.Destinations = destinationStates(read.Targets, s.named())
	o.Disk, err = s.disk(ctx, now)
	return o, err
}

const day = 24 * time.Hour

func (s *Server) named() config.Destinations {
	if s.from.Destinations == nil {
		return nil
	}
	return s.from.Destinations()
}

func (s *Server) disk(ctx context.Context, now time.Time) (d Disk, err error) {
	if s.from.Space == nil {
		return d, nil
	}
	if d.Free, d.Total, d.Reserve, err = s.from.Space(); err != nil {
		return d, fmt.Errorf("disk: %w", err)
	}
	d.PerDay, err = s.received.since(ctx, s.from.DB, now)
	return d, err
}

// destinationStates are those that the site names, in its order, and then others.
func destinationStates(targets []state.Target, named config.Destinations) []DestinationState {
	all := []DestinationState{}
	for _, n := range named {
		all = append(all, DestinationState{ID: n.Name, Name: n.Name, State: idle, Host: n.Host, Port: n.Port, AETitle: string(n.AETitle), Named: true, TLS: n.TLS != nil})
	}
	for _, t := range targets {
		i := slices.IndexFunc(all, func(d DestinationState) bool {
			return d.Host == t.Host && d.Port == t.Port && d.AETitle == string(t.AETitle)
		})
		if i < 0 {
			i = len(all)
			all = append(all, DestinationState{ID: t.String(), Name: t.String(), Host: t.Host, Port: t.Port, AETitle: string(t.AETitle)})
		}
		d := &all[i]
		d.Uncommitted = t.Uncommitted
		d.Open, d.Objects, d.Oldest, d.NextTry, d.Reason, d.Sent = t.Open, t.Waiting, when(t.Oldest), when(t.NextTry), t.Reason, when(t.Sent)
		d.State = stateOf(t)
	}
	return all
}

// The states of destinations.
const (
	up      = "up"
	sending = "sending"
	waiting = "waiting"
	down    = "down"
	idle    = "idle" // nothing was sent to it
	// the destination has not said yet that it keeps what was sent
	uncommitted = "uncommitted"
)

// stateOf is how it stands with a destination, by its deliveries.
func stateOf(t state.Target) string {
	switch {
	case t.Open > 0 && t.Reason != "":
		return down
	case t.Open > 0 && t.Tries > 0:
		return sending
	case t.Open > 0:
		return waiting
	case t.Uncommitted > 0:
		return uncommitted
	}
	return up
}

// FlowCounts is what the newest runs of a flow came to.
type FlowCounts struct {
	Runs   int               `json:"runs"`
	States map[run.State]int `json:"states"`
	Median time.Duration     `json:"-"` // from the first task's start to the last one's end; 0: none has ended
}

// FlowCounts returns what the newest runs of each flow came to, by NAME@VERSION or
// NAME, as flows are identified.
func (s *Server) FlowCounts(ctx context.Context) (map[string]FlowCounts, error) {
	read, err := s.from.DB.RunTimes(ctx)
	if err != nil {
		return nil, err
	}
	counts, times := map[string]FlowCounts{}, map[string][]time.Duration{}
	for _, r := range read {
		id := r.Flow.String()
		c := counts[id]
		if c.States == nil {
			c.States = map[run.State]int{}
		}
		c.Runs++
		c.States[r.State]++
		counts[id] = c
		if r.State == run.Done && r.Took > 0 {
			times[id] = append(times[id], r.Took)
		}
	}
	for id, all := range times {
		slices.Sort(all)
		c := counts[id]
		c.Median = all[len(all)/2]
		counts[id] = c
	}
	return counts, nil
}
