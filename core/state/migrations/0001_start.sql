-- Times are nanoseconds since 1970 (0: not yet). Ids of arrivals and runs are UUIDs; seq keeps their order.

CREATE TABLE arrival (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  id         TEXT    NOT NULL UNIQUE,
  state      TEXT    NOT NULL,
  calling_ae TEXT    NOT NULL,
  called_ae  TEXT    NOT NULL,
  address    TEXT    NOT NULL,
  opened     INTEGER NOT NULL,
  completed  INTEGER NOT NULL DEFAULT 0,
  reason     TEXT    NOT NULL DEFAULT '',
  -- Why each flow did or did not trigger, as JSON.
  explanation BLOB
) STRICT;
CREATE INDEX arrival_open ON arrival (state) WHERE state IN ('receiving', 'incomplete', 'complete');

CREATE TABLE object (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  file            TEXT    NOT NULL UNIQUE, -- below the spool
  sop_class       TEXT    NOT NULL,
  sop_instance    TEXT    NOT NULL,
  transfer_syntax TEXT    NOT NULL,
  study           TEXT    NOT NULL,
  series          TEXT    NOT NULL,
  modality        TEXT    NOT NULL,
  patient         TEXT    NOT NULL,
  size            INTEGER NOT NULL,
  received        INTEGER NOT NULL
) STRICT;

-- One object can be in several arrivals: of the flows' different completion rules, and after an aborted association was sent again.
CREATE TABLE arrival_object (
  arrival INTEGER NOT NULL REFERENCES arrival (seq),
  object  INTEGER NOT NULL REFERENCES object (id),
  PRIMARY KEY (arrival, object)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  id         TEXT    NOT NULL UNIQUE,
  arrival    INTEGER NOT NULL REFERENCES arrival (seq),
  flow       TEXT    NOT NULL,
  version    TEXT    NOT NULL,
  digest     TEXT    NOT NULL,
  definition BLOB    NOT NULL, -- the flow as it was, as JSON
  priority   INTEGER NOT NULL,
  state      TEXT    NOT NULL,
  reason     TEXT    NOT NULL DEFAULT '',
  patient    TEXT    NOT NULL,
  objects    BLOB    NOT NULL, -- ids of the selected objects, as a JSON array
  created    INTEGER NOT NULL,
  dispatched INTEGER NOT NULL DEFAULT 0,
  finished   INTEGER NOT NULL DEFAULT 0,
  sent       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX run_open ON run (state) WHERE state IN ('pending', 'running', 'sending');
CREATE INDEX run_arrival ON run (arrival);

CREATE TABLE task (
  run     INTEGER NOT NULL REFERENCES run (seq),
  idx     INTEGER NOT NULL, -- of the model in the flow
  name    TEXT    NOT NULL,
  state   TEXT    NOT NULL,
  tries   INTEGER NOT NULL DEFAULT 0,
  retries INTEGER NOT NULL DEFAULT 0, -- of the tries, how many the flow's budget paid
  faults  INTEGER NOT NULL DEFAULT 0, -- of the tries, how many the infrastructure's budget paid
  reason  TEXT    NOT NULL DEFAULT '',
  PRIMARY KEY (run, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempt (
  id       TEXT    PRIMARY KEY,
  run      INTEGER NOT NULL REFERENCES run (seq),
  task     INTEGER NOT NULL,
  number   INTEGER NOT NULL,
  executor TEXT    NOT NULL,
  gpus     TEXT    NOT NULL DEFAULT '[]', -- leased devices, as a JSON array
  state    TEXT    NOT NULL,
  handle   BLOB,
  exit     BLOB, -- the executor's report, as JSON
  reason   TEXT    NOT NULL DEFAULT '',
  intended INTEGER NOT NULL,
  started  INTEGER NOT NULL DEFAULT 0,
  ended    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_open ON attempt (state) WHERE state IN ('intended', 'started', 'ended');
CREATE INDEX attempt_run ON attempt (run, task, number);

CREATE TABLE delivery (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  run      INTEGER NOT NULL REFERENCES run (seq),
  name     TEXT    NOT NULL,
  host     TEXT    NOT NULL,
  port     INTEGER NOT NULL,
  ae_title TEXT    NOT NULL,
  state    TEXT    NOT NULL,
  listed   INTEGER NOT NULL DEFAULT 0, -- 1 when delivery_object names every file
  tries    INTEGER NOT NULL DEFAULT 0,
  next_try INTEGER NOT NULL DEFAULT 0,
  give_up  INTEGER NOT NULL,
  reason   TEXT    NOT NULL DEFAULT '',
  finished INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX delivery_open ON delivery (state) WHERE state IN ('pending', 'sending');
CREATE INDEX delivery_run ON delivery (run);

CREATE TABLE delivery_object (
  delivery        INTEGER NOT NULL REFERENCES delivery (id),
  file            TEXT    NOT NULL, -- below the run's folder
  sop_class       TEXT    NOT NULL,
  sop_instance    TEXT    NOT NULL,
  transfer_syntax TEXT    NOT NULL,
  state           TEXT    NOT NULL,
  status          INTEGER NOT NULL DEFAULT 0,
  reason          TEXT    NOT NULL DEFAULT '',
  PRIMARY KEY (delivery, file)
) STRICT, WITHOUT ROWID;

-- The table of the Python flow tracker, whose dashboards go on working on it.
CREATE VIEW rows AS
SELECT
  r.seq AS id,
  printf('%.6f', r.created / 1e9) AS ts,
  r.id AS UID,
  r.flow AS Name,
  r.version AS Version,
  r.patient AS Patient,
  r.priority AS Priority,
  a.calling_ae || ' @ ' || a.address AS Sender,
  (SELECT group_concat(d.ae_title || ' @ ' || d.host || ':' || d.port, ', ') FROM delivery d WHERE d.run = r.seq) AS Destinations,
  CASE WHEN a.completed > 0 THEN printf('%.6f', a.completed / 1e9) END AS Received,
  CASE WHEN r.dispatched > 0 THEN printf('%.6f', r.dispatched / 1e9) END AS Dispatched,
  CASE WHEN r.finished > 0 THEN printf('%.6f', r.finished / 1e9) END AS Finished,
  CASE WHEN r.sent > 0 THEN printf('%.6f', r.sent / 1e9) END AS Sent,
  CASE
    WHEN r.state IN ('failed', 'canceled') THEN 400
    WHEN r.state = 'done' THEN 5
    WHEN r.state = 'sending' AND EXISTS (SELECT 1 FROM delivery d WHERE d.run = r.seq AND d.state <> 'pending') THEN 4
    WHEN r.state = 'sending' THEN 3
    WHEN EXISTS (SELECT 1 FROM attempt t WHERE t.run = r.seq AND t.state <> 'intended') THEN 2
    WHEN r.state = 'running' THEN 1
    ELSE 0
  END AS Status
FROM run r JOIN arrival a ON a.seq = r.arrival;
