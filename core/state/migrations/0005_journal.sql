-- What operators did: a row for each action, committed with what it changes. No row is ever changed or removed.
CREATE TABLE journal (
  seq     INTEGER PRIMARY KEY AUTOINCREMENT,
  at      INTEGER NOT NULL,
  action  TEXT    NOT NULL,
  thing   TEXT    NOT NULL, -- what it was done to: 'run', 'arrival' or 'executor'
  id      TEXT    NOT NULL, -- of that
  detail  TEXT    NOT NULL, -- such as the task or the destination; what the operator said
  name    TEXT    NOT NULL, -- who did it, as the request says
  address TEXT    NOT NULL, -- from where
  token   TEXT    NOT NULL DEFAULT '' -- the name of the token that proved it
) STRICT;
CREATE INDEX journal_thing ON journal (thing, id);
CREATE TRIGGER journal_keeps_rows BEFORE DELETE ON journal BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_keeps_values BEFORE UPDATE ON journal BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
-- INSERT OR REPLACE would remove a row without the first trigger.
CREATE TRIGGER journal_keeps_numbers BEFORE INSERT ON journal WHEN EXISTS (SELECT 1 FROM journal WHERE seq = new.seq)
BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;

-- Executors that get no new task until an operator says so.
CREATE TABLE drained (
  executor TEXT    PRIMARY KEY,
  since    INTEGER NOT NULL,
  name     TEXT    NOT NULL, -- who did it, as in the journal
  address  TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- 1: its run was tried again or sent again since, and what became of this delivery does not count any more.
ALTER TABLE delivery ADD COLUMN superseded INTEGER NOT NULL DEFAULT 0;

-- A run that is being canceled is open.
DROP INDEX run_open;
CREATE INDEX run_open ON run (state) WHERE state = 'pending' OR state = 'running' OR state = 'sending' OR state = 'canceling';
