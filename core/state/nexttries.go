package state

import (
	"context"

	"github.com/raddeploy/raddeploy/core/run"
)

// never is later than any time. It leads behind the last row of a destination:
// SQLite begins such a step at what equals its values, and a plus has it use the
// index for more than the first.
const never = "9223372036854775807"

// nextTries walks the index delivery_next from destination to destination. What
// it costs grows with their number, and not with that of the deliveries.
const nextTries = `WITH RECURSIVE
	earliest (id) AS (
		SELECT (SELECT id FROM delivery WHERE state = 'pending' ORDER BY host, port, ae_title, next_try, tries, id LIMIT 1)
		UNION ALL
		SELECT (SELECT d.id FROM delivery d WHERE d.state = 'pending' AND (d.host, d.port, d.ae_title, d.next_try) > (+c.host, +c.port, +c.ae_title, ` + never + `)
			ORDER BY d.host, d.port, d.ae_title, d.next_try, d.tries, d.id LIMIT 1)
		FROM earliest e JOIN delivery c ON c.id = e.id
	),
	latest (id) AS (
		SELECT (SELECT d.id FROM delivery d WHERE d.state = 'pending' AND d.host = c.host AND d.port = c.port AND d.ae_title = c.ae_title
			ORDER BY d.next_try DESC, d.tries DESC, d.id DESC LIMIT 1)
		FROM earliest e JOIN delivery c ON c.id = e.id
	)
	SELECT d.id, r.id, d.name, d.host, d.port, d.ae_title, d.state, d.tries, ` + nextTime + ` AS next, d.since, coalesce(p.missed, 0)
	FROM (SELECT id FROM earliest UNION SELECT id FROM latest UNION SELECT id FROM delivery WHERE state = 'sending') n
	JOIN delivery d ON d.id = n.id JOIN run r ON r.seq = d.run ` + pausing + ` ORDER BY next, d.next_try, d.tries, d.id`

// NextTries returns what a look at the open deliveries needs: of each destination
// the first and the last that is pending, and all that are in state sending, which
// were interrupted or are being sent now. They are in the order of their next
// tries; of those at one moment, those with the fewest tries are first. A
// destination that is left alone has all of them wait. Their objects are not counted.
func (db *DB) NextTries(ctx context.Context) ([]run.Delivery, error) {
	rows, err := db.query(ctx, nextTries)
	if err != nil {
		return nil, err
	}
	return scanRows(rows, func(scan func(...any) error) (d run.Delivery, err error) {
		var next int64
		err = scan(&d.ID, &d.Run, &d.Destination.Name, &d.Destination.Host, &d.Destination.Port, &d.Destination.AETitle, &d.State, &d.Tries, &next, &d.Since, &d.Missed)
		d.NextTry = unstamp(next)
		return d, err
	})
}
