package state

import (
	"slices"
	"strings"
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

// Only messages of a block that are due are read, and by the index of what is pending.
func TestMessagesThatAreDue(t *testing.T) {
	db := open(t)
	now := time.Now()
	ids := tellMessages(t, db, "physicist", now, now, now, now, now)
	tellMessages(t, db, "oncall", now)
	for i, next := range []time.Duration{-time.Second, time.Minute, time.Hour} {
		check(t, db.EndMessage(t.Context(), run.MessageEnd{ID: ids[i], State: run.MessagePending, Next: now.Add(next), At: now}))
	}
	check(t, db.EndMessage(t.Context(), run.MessageEnd{ID: ids[3], State: run.MessageSent, At: now}))
	for longest, want := range map[time.Duration][]string{30 * time.Minute: {ids[0], ids[2], ids[4]}, 0: {ids[0], ids[1], ids[2], ids[4]}} {
		due, err := db.DueMessages(t.Context(), "physicist", now, longest)
		check(t, err)
		var got []string
		for _, m := range due {
			got = append(got, m.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("with a longest pause of %s: %q, want %q", longest, got, want)
		}
	}
	rows, err := db.query(t.Context(), "EXPLAIN QUERY PLAN SELECT content FROM message "+dueMessages, "physicist", 1, 1)
	check(t, err)
	steps, err := scanAll(rows, func(step *string) []any { return []any{new(int), new(int), new(int), step} })
	check(t, err)
	plan := strings.Join(steps, "\n")
	if !strings.Contains(plan, "message_pending (notify=?") || strings.Contains(plan, "SCAN") {
		t.Errorf("read by\n%s", plan)
	}
}

// The end of a try saves how long agents have run.
func TestMessageEndSavesTheClock(t *testing.T) {
	db := open(t)
	id := tellMessages(t, db, "physicist", time.Now())[0]
	check(t, db.EndMessage(t.Context(), run.MessageEnd{ID: id, State: run.MessagePending, Next: time.Now(), At: time.Now()}))
	var saved int64
	check(t, db.queryRow(t.Context(), "SELECT running FROM clock").Scan(&saved))
	if saved == 0 {
		t.Error("the clock of running is not saved")
	}
}
