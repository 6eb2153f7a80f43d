-- What peers asked storage commitment for. Instances is a list in JSON of SOP classes and SOP instances, failed
-- one of objects with the reason of each. Once they are decided, those of instances that are not in failed are committed to.
CREATE TABLE commitment (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  calling_ae  TEXT    NOT NULL,
  called_ae   TEXT    NOT NULL,
  address     TEXT    NOT NULL,
  uid         TEXT    NOT NULL, -- of the transaction, as the peer named it
  state       TEXT    NOT NULL,
  instances   BLOB    NOT NULL,
  asked_for   INTEGER NOT NULL, -- how many instances
  failed      BLOB    NOT NULL DEFAULT '[]',
  committed   INTEGER NOT NULL DEFAULT 0, -- how many
  asked       INTEGER NOT NULL,
  since       INTEGER NOT NULL, -- the same by the clock of running
  tries       INTEGER NOT NULL DEFAULT 0, -- at the report
  next_try    INTEGER NOT NULL DEFAULT 0,
  reason      TEXT    NOT NULL DEFAULT '',
  finished    INTEGER NOT NULL DEFAULT 0,
  UNIQUE (calling_ae, address, uid)
) STRICT;
CREATE INDEX commitment_open ON commitment (state) WHERE state = 'asked' OR state = 'decided';
CREATE INDEX commitment_finished ON commitment (finished) WHERE finished > 0;

-- Which arrivals held instances that were committed to, and how many.
CREATE TABLE commitment_arrival (
  commitment INTEGER NOT NULL REFERENCES commitment (id),
  arrival    INTEGER NOT NULL REFERENCES arrival (seq),
  objects    INTEGER NOT NULL,
  PRIMARY KEY (commitment, arrival)
) STRICT, WITHOUT ROWID;
CREATE INDEX commitment_arrival_arrival ON commitment_arrival (arrival);

-- The objects of a SOP instance.
CREATE INDEX object_instance ON object (sop_instance);

-- What destinations were asked storage commitment for: a transaction for each try.
CREATE TABLE delivery_commitment (
  uid      TEXT    PRIMARY KEY, -- of the transaction
  delivery INTEGER NOT NULL REFERENCES delivery (id),
  asked    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_commitment_delivery ON delivery_commitment (delivery);
-- Since when a delivery is sent and waits for its commitment, by the clock of running; 0: it is not.
ALTER TABLE delivery ADD COLUMN uncommitted_since INTEGER NOT NULL DEFAULT 0;
CREATE INDEX delivery_uncommitted ON delivery (next_try) WHERE state = 'uncommitted';
