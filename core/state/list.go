package state

import (
	"context"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// RunFilter says which runs a list has. Zero fields do not matter.
type RunFilter struct {
	States  []run.State
	Flow    string // a name
	Version string // of the flow
	Sender  string // calling AE title
	Patient string // as the run shows it
	Arrival run.ArrivalID
	Since   time.Time // when it was created: then or later
	Until   time.Time // before
	Before  int64     // the sequence number of a run: only older ones
	AtMost  int       // how many
}

// Runs returns runs, newest first, without their definitions and objects.
func (db *DB) Runs(ctx context.Context, f RunFilter) ([]run.Run, error) {
	var c conditions
	c.any("r.state", words(f.States))
	c.equal("r.flow", f.Flow)
	c.equal("r.version", f.Version)
	c.equal("a.calling_ae", f.Sender)
	c.equal("r.patient", f.Patient)
	c.equal("a.id", string(f.Arrival))
	c.between("r.created", f.Since, f.Until)
	c.before("r.seq", f.Before)
	return db.runs(ctx, c.where()+" ORDER BY r.seq DESC LIMIT ?", append(c.args, f.AtMost)...)
}

// ArrivalFilter says which arrivals a list has. Zero fields do not matter.
type ArrivalFilter struct {
	States []run.ArrivalState
	Sender string    // calling AE title
	Since  time.Time // when it was opened: then or later
	Until  time.Time // before
	Before int64     // the sequence number of an arrival: only older ones
	AtMost int       // how many
}

// Arrivals returns arrivals, newest first, without associations that are
// only a part of others.
func (db *DB) Arrivals(ctx context.Context, f ArrivalFilter) ([]run.Arrival, error) {
	c := conditions{texts: []string{"a.rule <> 'none'"}}
	c.any("a.state", words(f.States))
	c.equal("a.calling_ae", f.Sender)
	c.between("a.opened", f.Since, f.Until)
	c.before("a.seq", f.Before)
	return db.arrivals(ctx, c.where()+" ORDER BY a.seq DESC LIMIT ?", append(c.args, f.AtMost)...)
}

// DeliveryFilter says which deliveries a list has. Zero fields do not matter.
type DeliveryFilter struct {
	States      []run.DeliveryState
	Destination string // by its name
	Before      int64  // the id of a delivery: only older ones
	AtMost      int    // how many
}

// AllDeliveries returns deliveries, newest first.
func (db *DB) AllDeliveries(ctx context.Context, f DeliveryFilter) ([]run.Delivery, error) {
	var c conditions
	c.any("d.state", words(f.States))
	c.equal("d.name", f.Destination)
	c.before("d.id", f.Before)
	return db.deliveries(ctx, c.where()+" ORDER BY d.id DESC LIMIT ?", append(c.args, f.AtMost)...)
}

// EntryFilter says which entries of the journal a list has. Zero fields do not
// matter.
type EntryFilter struct {
	Action run.Action
	Thing  string // "run", "arrival", "executor", "flow" or "site"
	ID     string // of that
	Name   string // who did it
	Result run.Result
	Since  time.Time
	Until  time.Time
	Before int64 // the number of an entry: only older ones
	AtMost int   // how many
}

// Journal returns entries of the journal, newest first.
func (db *DB) Journal(ctx context.Context, f EntryFilter) ([]run.Entry, error) {
	var c conditions
	c.equal("action", string(f.Action))
	c.equal("thing", f.Thing)
	c.equal("id", f.ID)
	c.equal("name", f.Name)
	c.equal("result", string(f.Result))
	c.between("at", f.Since, f.Until)
	c.before("seq", f.Before)
	return db.journal(ctx, c.where()+" ORDER BY seq DESC LIMIT ?", append(c.args, f.AtMost)...)
}

// conditions are the WHERE of a list's query. Its text has no values.
type conditions struct {
	texts []string
	args  []any
}

func (c *conditions) add(text string, args ...any) {
	c.texts, c.args = append(c.texts, text), append(c.args, args...)
}

func (c *conditions) equal(column, value string) {
	if value != "" {
		c.add(column+" = ?", value)
	}
}

// any is that a column holds one of these values.
func (c *conditions) any(column string, values []any) {
	if len(values) > 0 {
		c.add(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", values...)
	}
}

func (c *conditions) between(column string, since, until time.Time) {
	if !since.IsZero() {
		c.add(column+" >= ?", stamp(since))
	}
	if !until.IsZero() {
		c.add(column+" < ?", stamp(until))
	}
}

func (c *conditions) before(column string, number int64) {
	if number > 0 {
		c.add(column+" < ?", number)
	}
}

func (c *conditions) where() string {
	if len(c.texts) == 0 {
		return ""
	}
	return "WHERE " + strings.Join(c.texts, " AND ")
}

// words are values as a query takes them.
func words[S ~string](values []S) (all []any) {
	for _, v := range values {
		all = append(all, string(v))
	}
	return all
}
