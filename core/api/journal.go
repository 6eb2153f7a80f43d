package api

import (
	"context"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
	"github.com/raddeploy/raddeploy/core/state"
)

// Entry is a row of the journal: an operator's action.
type Entry struct {
	ID      int64      `json:"id"`
	State   string     `json:"state"` // always "recorded": no entry ever changes
	Time    time.Time  `json:"time"`
	Action  run.Action `json:"action"`
	Thing   string     `json:"thing"` // what it was done to: "run", "arrival", "executor", "flow" or "site"
	Of      string     `json:"of"`    // the id of that
	Detail  string     `json:"detail,omitempty"`
	By      string     `json:"by,omitempty"`
	Known   run.Known  `json:"known,omitempty"` // how that is known
	Role    run.Role   `json:"role,omitempty"`
	Address string     `json:"address"`          // where the request came from; "": a socket of this host
	Token   string     `json:"token,omitempty"`  // the id of the token that proved it
	Result  run.Result `json:"result"`           // done, seen, refused
	Before  string     `json:"before,omitempty"` // the state of the thing, where that changed
	After   string     `json:"after,omitempty"`
}

func entryOf(e run.Entry) Entry {
	return Entry{
		ID: e.Seq, State: "recorded", Time: e.At, Action: e.Action, Thing: e.Thing, Of: e.ID, Detail: e.Detail,
		By: e.By.Name, Known: e.By.Known, Role: e.By.Role, Address: e.By.Address, Token: e.By.Token,
		Result: e.Result, Before: e.Before, After: e.After,
	}
}

// Journal lists the actions of operators that changed something, newest first.
func (s *Server) Journal(ctx context.Context, q JournalQuery) (Page[Entry], error) {
	q.Result = run.WasDone
	return s.Audit(ctx, q)
}

// Audit lists who did what, who looked at what, and what was refused, newest first.
func (s *Server) Audit(ctx context.Context, q JournalQuery) (Page[Entry], error) {
	part, err := q.part(q.Since, q.Until)
	if err != nil {
		return Page[Entry]{}, err
	}
	read, err := s.from.DB.Journal(ctx, state.EntryFilter{
		Action: q.Action, Thing: q.Thing, ID: q.Of, Name: q.By, Result: q.Result, Part: part,
	})
	return pageOf(q.Paging, read, func(e run.Entry) state.Place { return state.Place{Began: e.At, Seq: e.Seq} }, entryOf), err
}

// journalOf is what operators did to one thing, oldest first.
func (s *Server) journalOf(ctx context.Context, thing, id string) ([]Entry, error) {
	entries, err := s.from.DB.JournalOf(ctx, thing, id)
	return convert(entries, entryOf), err
}

// Journal lists the actions of operators, newest first.
func (c *Client) Journal(ctx context.Context, q JournalQuery) (Page[Entry], error) {
	return getPage[Entry](ctx, c, "/v1/journal", q.values())
}

// Audit lists who did what, who looked at what, and what was refused, newest first.
func (c *Client) Audit(ctx context.Context, q JournalQuery) (Page[Entry], error) {
	return getPage[Entry](ctx, c, "/v1/audit", q.values())
}
