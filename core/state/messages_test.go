package state

import (
	"testing"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// tellMessages records messages about events that were made at times.
func tellMessages(t *testing.T, db *DB, notify string, at ...time.Time) (ids []string) {
	t.Helper()
	var telling run.Telling
	for _, created := range at {
		m := run.Message{ID: run.NewMessageID(), Notify: notify, Created: created, Content: run.MessageContent{Kind: "events"}}
		telling.Messages, ids = append(telling.Messages, m), append(ids, m.ID)
	}
	check(t, db.Tell(t.Context(), telling))
	return ids
}

// Messages of before the clock was set back do not count as those of the last hour.
func TestMessagesAfterAClockSetBack(t *testing.T) {
	db := open(t)
	now := time.Now()
	tellMessages(t, db, "physicist", now.Add(-2*time.Hour), now.Add(-time.Minute), now, now.Add(time.Minute), now.Add(48*time.Hour))
	told, err := db.Told(t.Context(), now.Add(-time.Hour), now)
	check(t, err)
	if n := told.Recent[[2]string{"physicist", ""}]; n != 2 {
		t.Errorf("%d messages in the last hour, want 2", n)
	}
}

// The digest of a block that is none any more is forgotten, and no other.
func TestMessagesOfDigestsThatAreForgotten(t *testing.T) {
	db := open(t)
	due := run.DigestDue{From: time.Unix(1, 0), Due: time.Unix(2, 0)}
	check(t, db.Tell(t.Context(), run.Telling{Digests: map[string]run.DigestDue{"gone": due, "kept": due}}))
	check(t, db.Tell(t.Context(), run.Telling{Digests: map[string]run.DigestDue{"gone": {}}}))
	told, err := db.Told(t.Context(), time.Now(), time.Now())
	check(t, err)
	if _, kept := told.Digests["kept"]; !kept || len(told.Digests) != 1 {
		t.Errorf("%v", told.Digests)
	}
}
