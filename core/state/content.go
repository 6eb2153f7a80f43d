package state

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/raddeploy/raddeploy/core/run"
)

// content reads what an arrival holds at this moment of a transaction.
func content(tx *transaction, arrival run.ArrivalID) (run.Content, error) {
	c := run.Content{Arrival: arrival}
	err := tx.QueryRow(`SELECT a.seq, a.calling_ae, a.called_ae, a.address, a.rule, CASE a.rule
			WHEN 'none' THEN (SELECT count(*) FROM object o WHERE o.file >= a.id || '/' AND o.file < a.id || '0')
			ELSE (SELECT count(*) FROM arrival_object ao WHERE ao.arrival = a.seq) END,
		EXISTS (SELECT 1 FROM arrival_sender s WHERE s.association = a.seq)
		FROM arrival a WHERE a.id = ?`, arrival).Scan(&c.Seq, &c.Sender.CallingAE, &c.Sender.CalledAE, &c.Sender.Address, &c.Rule, &c.Objects, &c.Shared)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("arrival %s: %w", arrival, ErrNotFound)
	}
	return c, err
}

// tries reads what an arrival and the incomplete ones of its sender hold. No
// object is read where none are incomplete.
func tries(tx *transaction, this run.Content) (run.Tries, error) {
	before, err := incomplete(tx, this.Sender)
	if err != nil || len(before) == 0 {
		return run.Tries{}, err
	}
	for i := range before {
		if before[i].Kept, err = kept(tx, before[i].Seq); err != nil {
			return run.Tries{}, err
		}
	}
	sent, err := kept(tx, this.Seq)
	return run.Tries{Sent: sent, Before: before}, err
}

// incomplete reads the incomplete arrivals of a sender without their objects,
// oldest first.
func incomplete(tx *transaction, sender run.Sender) ([]run.Incomplete, error) {
	rows, err := tx.Query(`SELECT id, seq, calling_ae, called_ae, address, reason FROM arrival
		WHERE state = 'incomplete' AND uid = '' AND calling_ae = ? AND address = ? ORDER BY seq`, sender.CallingAE, sender.Address)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(a *run.Incomplete) []any {
		return []any{&a.Arrival, &a.Seq, &a.Sender.CallingAE, &a.Sender.CalledAE, &a.Sender.Address, &a.Reason}
	})
}

// kept reads the objects of the arrival with this sequence number.
func kept(tx *transaction, seq int64) ([]run.Kept, error) {
	rows, err := tx.Query(`SELECT o.id, o.series, o.sop_instance FROM arrival_object ao JOIN object o ON o.id = ao.object
		WHERE ao.arrival = ? ORDER BY o.id`, seq)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(o *run.Kept) []any { return []any{&o.ID, &o.Series, &o.Instance} })
}
