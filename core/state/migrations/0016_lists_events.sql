-- What lists are filtered by, each with the time that they are sorted by, so that a page is read without a sort. A filter that
-- leaves the state open asks for each state by itself. Rows in open states have their indexes already, and are few.
ALTER TABLE run ADD COLUMN calling_ae TEXT NOT NULL DEFAULT ''; -- of its arrival
UPDATE run SET calling_ae = (SELECT a.calling_ae FROM arrival a WHERE a.seq = run.arrival);
CREATE INDEX run_created ON run (created);
CREATE INDEX run_ended ON run (state, created) WHERE state = 'done' OR state = 'failed' OR state = 'canceled';
CREATE INDEX run_flow ON run (flow, state, created);
CREATE INDEX run_sender ON run (calling_ae, state, created);
CREATE INDEX run_patient ON run (patient, created);
-- Associations that are only a part of other arrivals are in no list.
CREATE INDEX arrival_opened ON arrival (opened) WHERE rule <> 'none';
CREATE INDEX arrival_ended ON arrival (state, opened) WHERE rule <> 'none' AND (state = 'matched' OR state = 'unmatched'
  OR state = 'superseded' OR state = 'discarded' OR state = 'grouped' OR state = 'ignored');
CREATE INDEX arrival_calling ON arrival (calling_ae, opened) WHERE rule <> 'none';
CREATE INDEX delivery_ended ON delivery (state) WHERE state = 'sent' OR state = 'failed' OR state = 'abandoned';
CREATE INDEX delivery_name ON delivery (name, state);

-- The studies of a run's objects, by what people know them by.
CREATE TABLE run_study (
  run       INTEGER NOT NULL REFERENCES run (seq),
  accession TEXT    NOT NULL, -- '': they have none
  date      TEXT    NOT NULL, -- of the study, as YYYYMMDD; '': they have none
  PRIMARY KEY (run, accession, date)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_study_accession ON run_study (accession) WHERE accession <> '';
CREATE INDEX run_study_date ON run_study (date) WHERE date <> '';

-- What changed, for those who watch: ids and states only. A row is written with the change; only the oldest are ever
-- removed, and never all, so that numbers grow.
CREATE TABLE event (
  seq   INTEGER PRIMARY KEY,
  at    INTEGER NOT NULL,
  kind  TEXT    NOT NULL, -- arrival, run, task, delivery, journal; executor, flow
  id    TEXT    NOT NULL, -- of that; the index of a task
  state TEXT    NOT NULL,
  run   TEXT    NOT NULL DEFAULT '' -- of a task or delivery
) STRICT;
CREATE TRIGGER event_of_new_arrival AFTER INSERT ON arrival WHEN new.rule <> 'none' BEGIN
  INSERT INTO event (at, kind, id, state) VALUES (CAST(unixepoch('subsec') * 1e9 AS INTEGER), 'arrival', new.id, new.state);
END;
CREATE TRIGGER event_of_arrival AFTER UPDATE OF state ON arrival WHEN new.rule <> 'none' AND new.state <> old.state BEGIN
  INSERT INTO event (at, kind, id, state) VALUES (CAST(unixepoch('subsec') * 1e9 AS INTEGER), 'arrival', new.id, new.state);
END;
CREATE TRIGGER event_of_new_run AFTER INSERT ON run BEGIN
  INSERT INTO event (at, kind, id, state) VALUES (CAST(unixepoch('subsec') * 1e9 AS INTEGER), 'run', new.id, new.state);
END;
CREATE TRIGGER event_of_run AFTER UPDATE OF state ON run WHEN new.state <> old.state BEGIN
  INSERT INTO event (at, kind, id, state) VALUES (CAST(unixepoch('subsec') * 1e9 AS INTEGER), 'run', new.id, new.state);
END;
CREATE TRIGGER event_of_task AFTER UPDATE OF state ON task WHEN new.state <> old.state BEGIN
  INSERT INTO event (at, kind, id, state, run) VALUES (CAST(unixepoch('subsec') * 1e9 AS INTEGER), 'task', new.idx, new.state,
    (SELECT r.id FROM run r WHERE r.seq = new.run));
END;
CREATE TRIGGER event_of_new_delivery AFTER INSERT ON delivery BEGIN
  INSERT INTO event (at, kind, id, state, run) VALUES (CAST(unixepoch('subsec') * 1e9 AS INTEGER), 'delivery', new.id, new.state,
    (SELECT r.id FROM run r WHERE r.seq = new.run));
END;
CREATE TRIGGER event_of_delivery AFTER UPDATE OF state ON delivery WHEN new.state <> old.state BEGIN
  INSERT INTO event (at, kind, id, state, run) VALUES (CAST(unixepoch('subsec') * 1e9 AS INTEGER), 'delivery', new.id, new.state,
    (SELECT r.id FROM run r WHERE r.seq = new.run));
END;
-- Looks and refusals, which later migrations bring, are no changes.
CREATE TRIGGER event_of_journal AFTER INSERT ON journal WHEN new.result = 'done' BEGIN
  INSERT INTO event (at, kind, id, state) VALUES (new.at, 'journal', new.seq, 'recorded');
END;
