package state

import (
	"encoding/json"
	"fmt"

	"github.com/raddeploy/raddeploy/core/run"
)

// content reads what an arrival holds at this moment of a transaction.
func content(tx *transaction, arrival run.ArrivalID) (run.Content, error) {
	found, err := contents(tx, "a.id = ?", arrival)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("arrival %s: %w", arrival, ErrNotFound)
	}
	if err != nil {
		return run.Content{}, err
	}
	return found[0], nil
}

// incomplete reads the incomplete arrivals of a sender, oldest first.
func incomplete(tx *transaction, sender run.Sender) ([]run.Content, error) {
	return contents(tx, "a.state = 'incomplete' AND a.calling_ae = ? AND a.address = ?", sender.CallingAE, sender.Address)
}

func contents(tx *transaction, where string, args ...any) ([]run.Content, error) {
	rows, err := tx.Query(`SELECT a.id, a.seq, a.calling_ae, a.called_ae, a.address, count(o.id),
		json_group_array(DISTINCT o.study) FILTER (WHERE o.id IS NOT NULL)
		FROM arrival a LEFT JOIN arrival_object ao ON ao.arrival = a.seq LEFT JOIN object o ON o.id = ao.object
		WHERE `+where+` GROUP BY a.seq ORDER BY a.seq`, args...)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (c run.Content, err error) {
		var studies []byte
		if err := scan(&c.Arrival, &c.Seq, &c.Sender.CallingAE, &c.Sender.CalledAE, &c.Sender.Address, &c.Objects, &studies); err != nil {
			return c, err
		}
		return c, json.Unmarshal(studies, &c.Studies)
	})
}
