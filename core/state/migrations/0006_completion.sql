-- Arrivals of a series or study: which rule and UID group their objects, and when they are complete.
ALTER TABLE arrival ADD COLUMN rule TEXT NOT NULL DEFAULT ''; -- '': what one association brought; 'none': that, as a part of other arrivals only; else a rule as JSON
ALTER TABLE arrival ADD COLUMN uid TEXT NOT NULL DEFAULT ''; -- of the series or study; the association's id where objects name none
ALTER TABLE arrival ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE arrival ADD COLUMN previous INTEGER REFERENCES arrival (seq); -- the revision that objects were late for
ALTER TABLE arrival ADD COLUMN last INTEGER NOT NULL DEFAULT 0; -- when its last object came
ALTER TABLE arrival ADD COLUMN deadline INTEGER NOT NULL DEFAULT 0; -- when max_wait is over
ALTER TABLE arrival ADD COLUMN due INTEGER NOT NULL DEFAULT 0; -- when it is to be looked at next; 0: it does not wait
ALTER TABLE arrival ADD COLUMN completion TEXT NOT NULL DEFAULT ''; -- how it became complete
CREATE INDEX arrival_uid ON arrival (uid) WHERE uid <> '';
CREATE INDEX arrival_due ON arrival (due) WHERE due > 0;

-- Which associations have sent to an arrival of a series or study.
CREATE TABLE arrival_sender (
  arrival     INTEGER NOT NULL REFERENCES arrival (seq),
  association INTEGER NOT NULL REFERENCES arrival (seq),
  PRIMARY KEY (arrival, association)
) STRICT, WITHOUT ROWID;
CREATE INDEX arrival_sender_association ON arrival_sender (association);
