package api

import (
	"net/http"

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
}

// Agent is what an agent is.
type Agent struct {
	Version string
	Site    string // its name
	AETitle string
	DICOM   string // the address on which it receives
}

func (s *Server) status(r *http.Request) (any, error) {
	var onlyByHand []string
	for _, f := range s.Flows.List() {
		if f.Loaded != nil && f.Flow.OnlyByHand() {
			onlyByHand = append(onlyByHand, f.Flow.ID().String())
		}
	}
	return Status{
		Version:         s.Agent.Version,
		Site:            s.Agent.Site,
		AETitle:         s.Agent.AETitle,
		DICOM:           s.Agent.DICOM,
		Flows:           s.Flows.Names(),
		FlowsOnlyByHand: onlyByHand,
		FlowProblems:    s.Flows.Errors(),
		Problems:        s.problems(),
		Executors:       s.shownExecutors(),
		Held:            s.held(r),
		Listeners:       s.listeners(),
		Certificates:    s.certificates(),
	}, nil
}

// held lists the arrivals that wait for an operator. What keeps the database
// from answering is among the problems: the rest of the status is shown anyway.
func (s *Server) held(r *http.Request) []run.ArrivalID {
	arrivals, err := s.DB.ArrivalsIn(r.Context(), run.HeldArrivals()...)
	if err != nil {
		s.Logger.Debug("held arrivals not listed", "error", err)
	}
	var ids []run.ArrivalID
	for _, a := range arrivals {
		ids = append(ids, a.ID)
	}
	return ids
}
