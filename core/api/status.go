package api

import (
	"context"

	"github.com/raddeploy/raddeploy/core/run"
)

// Status is the agent's health.
type Status struct {
	Version string `json:"version"`
	Site    string `json:"site"`
	AETitle string `json:"ae_title"`
	DICOM   string `json:"dicom"` // the address on which it receives
	// Listeners are all addresses on which it receives, that one first, and
	// Certificates those that it shows to peers.
	Listeners    []Listener    `json:"listeners,omitempty"`
	Certificates []Certificate `json:"certificates,omitempty"`
	Flows        []string      `json:"flows"`
	// FlowsOnlyByHand are those of the flows that have no triggers: no arrival
	// starts them.
	FlowsOnlyByHand []string `json:"flows_only_by_hand,omitempty"`
	// FlowProblems are the errors in flow files, a line each. What such a file
	// held before stays in force.
	FlowProblems []string   `json:"flow_problems"`
	Problems     []string   `json:"problems"` // what is broken of the agent itself, a line each
	Executors    []Executor `json:"executors"`
	// Held are the arrivals that wait for an operator, to release or discard them.
	Held []run.ArrivalID `json:"held,omitempty"`
	// Commitments are peers' requests for storage commitment that are not reported yet.
	Commitments []Commitment `json:"commitments,omitempty"`
	// Notifications are messages that wait after a try in vain, or were given up during
	// the last day.
	Notifications []Notification `json:"notifications,omitempty"`
}

// Agent is what an agent is.
type Agent struct {
	Version string
	Site    string // its name
	AETitle string
	DICOM   string // the address on which it receives
}

// Agent returns what the agent is.
func (s *Server) Agent() Agent { return s.from.Agent }

// Status returns the agent's health. What cannot be read now is left out, and is
// among its problems.
func (s *Server) Status(ctx context.Context) Status {
	var onlyByHand []string
	for _, f := range s.from.Flows.List() {
		if f.Loaded != nil && f.Flow.OnlyByHand() {
			onlyByHand = append(onlyByHand, f.Flow.ID().String())
		}
	}
	return Status{
		Version:         s.from.Agent.Version,
		Site:            s.from.Agent.Site,
		AETitle:         s.from.Agent.AETitle,
		DICOM:           s.from.Agent.DICOM,
		Flows:           s.from.Flows.Names(),
		FlowsOnlyByHand: onlyByHand,
		FlowProblems:    s.from.Flows.Errors(),
		Problems:        s.problems(),
		Executors:       s.Executors(),
		Held:            s.held(ctx),
		Commitments:     s.openCommitments(ctx),
		Notifications:   s.unsent(ctx),
		Listeners:       s.listeners(),
		Certificates:    s.certificates(),
	}
}

// held lists the arrivals that wait for an operator. What keeps the database
// from answering is among the problems: the rest of the status is shown anyway.
func (s *Server) held(ctx context.Context) []run.ArrivalID {
	arrivals, err := s.from.DB.ArrivalsIn(ctx, run.HeldArrivals()...)
	if err != nil {
		s.from.Logger.Debug("held arrivals not listed", "error", err)
	}
	var ids []run.ArrivalID
	for _, a := range arrivals {
		ids = append(ids, a.ID)
	}
	return ids
}
