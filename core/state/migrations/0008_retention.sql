-- When it was decided that files are removed (0: they are kept). Whoever needs them asks this before.
ALTER TABLE arrival ADD COLUMN files_removed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN files_removed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN logs_removed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX arrival_files ON arrival (seq) WHERE files_removed = 0;
CREATE INDEX run_files ON run (seq) WHERE files_removed = 0;
CREATE INDEX run_logs ON run (seq) WHERE logs_removed = 0;
CREATE INDEX arrival_previous ON arrival (previous) WHERE previous IS NOT NULL; -- whether a revision builds on an arrival
CREATE INDEX run_digest ON run (digest); -- whether a definition is of any run still

-- Which arrivals hold an object: its file stays for as long as one of them needs it.
CREATE INDEX arrival_object_object ON arrival_object (object);

-- What is decided and not done yet: the rows come first, then the files, then the row here goes.
CREATE TABLE removal (
  kind   TEXT    NOT NULL, -- objects of an arrival; outputs or logs of a run
  seq    INTEGER NOT NULL, -- of the arrival or run
  since  INTEGER NOT NULL,
  reason TEXT    NOT NULL DEFAULT '', -- why some of it cannot be removed now
  PRIMARY KEY (kind, seq)
) STRICT, WITHOUT ROWID;

-- The clock by which ages are counted: one row.
CREATE TABLE retention_clock (
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  began INTEGER NOT NULL, -- when an agent looked for the first time
  seen  INTEGER NOT NULL, -- when one looked for the last time
  jumps TEXT    NOT NULL  -- of the wall clock, as JSON
) STRICT;
