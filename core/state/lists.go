package state

import (
	"context"

	"github.com/raddeploy/raddeploy/core/run"
)

// RunFilter says which runs a list has. Zero fields do not matter.
type RunFilter struct {
	States    []run.State
	Flow      string // a name
	Version   string // of the flow
	Sender    string // calling AE title
	Patient   string // how the patient as the run shows it begins
	Accession string
	StudyDate string        // as YYYYMMDD
	Arrival   run.ArrivalID // or how it begins
	Part
}

// Runs lists runs by when they were created, newest first, without their
// definitions and objects.
func (db *DB) Runs(ctx context.Context, f RunFilter) ([]run.Run, error) {
	l := listQuery{table: "run r", began: "r.created", seq: "r.seq", state: "r.state"}
	if f.Arrival != "" {
		l.pick(false, "r.arrival IN (SELECT seq FROM arrival WHERE id >= ? AND id < ?)", f.Arrival, f.Arrival+"\x7f")
	}
	if f.Accession != "" {
		l.pick(false, "r.seq IN (SELECT run FROM run_study WHERE accession <> '' AND accession = ?)", f.Accession)
	}
	if f.Patient != "" {
		l.pick(false, "r.seq IN (SELECT seq FROM run WHERE patient >= ? AND patient < ?)", f.Patient, f.Patient+"\U0010ffff")
	}
	if f.StudyDate != "" {
		l.pick(false, "r.seq IN (SELECT run FROM run_study WHERE date <> '' AND date = ?)", f.StudyDate)
	}
	l.equal(true, "r.calling_ae", f.Sender)
	l.equal(true, "r.flow", f.Flow)
	if f.Version != "" {
		l.add("+r.version = ?", f.Version)
	}
	tail, args := l.tail(l.states(words(f.States), words(run.RunStates())), f.Part)
	return db.runs(ctx, db.listing, tail, args...)
}

// ArrivalFilter says which arrivals a list has. Zero fields do not matter.
type ArrivalFilter struct {
	States []run.ArrivalState
	Sender string // calling AE title
	Part
}

// Arrivals lists arrivals by when they were opened, newest first, without
// associations that are only a part of others.
func (db *DB) Arrivals(ctx context.Context, f ArrivalFilter) ([]run.Arrival, error) {
	l := listQuery{table: "arrival a", began: "a.opened", seq: "a.seq", state: "a.state"}
	l.add("a.rule <> 'none'")
	l.equal(false, "a.calling_ae", f.Sender)
	tail, args := l.tail(l.states(words(f.States), words(run.ArrivalStates())), f.Part)
	return db.arrivals(ctx, db.listing, tail, args...)
}

// DeliveryFilter says which deliveries a list has. Zero fields do not matter.
type DeliveryFilter struct {
	States      []run.DeliveryState
	Destination string // by its name
	Part               // its times do not matter: deliveries have no beginning
}

// AllDeliveries lists the deliveries of all runs, newest first.
func (db *DB) AllDeliveries(ctx context.Context, f DeliveryFilter) ([]run.Delivery, error) {
	l := listQuery{table: "delivery d", seq: "d.id", state: "d.state"}
	l.equal(true, "d.name", f.Destination)
	tail, args := l.tail(l.states(words(f.States), words(run.DeliveryStates())), f.Part)
	return db.deliveries(ctx, db.listing, tail, args...)
}

// EntryFilter says which entries of the journal a list has. Zero fields do not
// matter.
type EntryFilter struct {
	Action run.Action
	Thing  string // "run", "arrival", "executor", "flow" or "site"
	ID     string // of that
	Name   string // who did it
	Result run.Result
	Part
}

// Journal lists entries of the journal, newest first.
func (db *DB) Journal(ctx context.Context, f EntryFilter) ([]run.Entry, error) {
	l := listQuery{table: "journal", seq: "seq"}
	for column, value := range map[string]string{"thing": f.Thing, "id": f.ID, "action": string(f.Action), "name": f.Name, "result": string(f.Result)} {
		if value != "" {
			l.add(column+" = ?", value)
		}
	}
	tail, args := l.tail(nil, f.Part)
	return db.journal(ctx, db.listing, tail, args...)
}
