package state

import (
	"context"

	"github.com/raddeploy/raddeploy/core/run"
)

// MostContacts is how many contacts of one outcome are kept: the newest. Peers
// can make up as many titles as they like.
const MostContacts = 1000

// AddContacts adds to what is known of peers.
func (db *DB) AddContacts(ctx context.Context, contacts []run.Contact) error {
	return db.update(ctx, func(tx *transaction) error {
		outcomes := map[run.Outcome]bool{}
		for _, c := range contacts {
			_, err := tx.Exec(`INSERT INTO contact (calling_ae, called_ae, address, outcome, detail, first, last, count) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT DO UPDATE SET last = max(last, excluded.last), count = count + excluded.count`,
				c.Sender.CallingAE, c.Sender.CalledAE, c.Sender.Address, c.Outcome, c.Detail, stamp(c.First), stamp(c.Last), c.Count)
			if err != nil {
				return err
			}
			outcomes[c.Outcome] = true
		}
		for outcome := range outcomes {
			_, err := tx.Exec(`DELETE FROM contact WHERE outcome = ? AND last <
				(SELECT last FROM contact WHERE outcome = ? ORDER BY last DESC LIMIT 1 OFFSET ?)`, outcome, outcome, MostContacts-1)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Contacts returns what is known of peers, newest first.
func (db *DB) Contacts(ctx context.Context) ([]run.Contact, error) {
	rows, err := db.query(ctx, "SELECT calling_ae, called_ae, address, outcome, detail, first, last, count FROM contact ORDER BY last DESC, calling_ae, detail")
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (c run.Contact, err error) {
		var first, last int64
		err = scan(&c.Sender.CallingAE, &c.Sender.CalledAE, &c.Sender.Address, &c.Outcome, &c.Detail, &first, &last, &c.Count)
		c.First, c.Last = unstamp(first), unstamp(last)
		return c, err
	})
}
