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
CREATE TABLE switched_off (
  name    TEXT    NOT NULL,
  version TEXT    NOT NULL,
  since   INTEGER NOT NULL,
  PRIMARY KEY (name, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX arrival_open ON arrival (state) WHERE state = 'receiving' OR state = 'incomplete' OR state = 'complete';
CREATE INDEX run_open ON run (state) WHERE state = 'pending' OR state = 'running' OR state = 'sending';
CREATE INDEX attempt_open ON attempt (state) WHERE state = 'intended' OR state = 'started' OR state = 'ended';
INSERT INTO arrival VALUES (1, 'a0000001-0000-4000-8000-000000000000', 'receiving', 'CT1', 'RADDEPLOY', '10.0.0.1', 1709208001123456789, 0, '', NULL);
INSERT INTO arrival VALUES (2, 'a0000002-0000-4000-8000-000000000000', 'incomplete', 'CT2', 'RADDEPLOY', '10.0.0.2', 1709208004123456789, 1709208005123456789, 'association broke off: EOF', NULL);
INSERT INTO arrival VALUES (3, 'a0000003-0000-4000-8000-000000000000', 'superseded', 'CT3', 'RADDEPLOY', '10.0.0.3', 1709208007123456789, 1709208008123456789, 'sent again as a0000004-0000-4000-8000-000000000000', NULL);
INSERT INTO arrival VALUES (4, 'a0000004-0000-4000-8000-000000000000', 'complete', 'CT3', 'RADDEPLOY', '10.0.0.3', 1709208011123456789, 1709208012123456789, '', NULL);
INSERT INTO arrival VALUES (5, 'a0000005-0000-4000-8000-000000000000', 'unmatched', 'CT5', 'RADDEPLOY', '10.0.0.5', 1709208014123456789, 1709208015123456789, 'no flow wanted it', X'5B7B22666C6F77223A22736567222C22776879223A224D6F64616C697479206973204354227D5D');
INSERT INTO arrival VALUES (6, 'a0000006-0000-4000-8000-000000000000', 'discarded', 'CT6', 'RADDEPLOY', '10.0.0.6', 1709208017123456789, 1709208018123456789, 'association broke off: EOF (no object was kept)', NULL);
INSERT INTO arrival VALUES (7, 'a0000007-0000-4000-8000-000000000000', 'matched', 'CT7', 'RADDEPLOY', '10.0.0.7', 1709208019123456789, 1709208020123456789, '', X'5B7B22666C6F77223A226F6E65227D5D');
INSERT INTO arrival VALUES (8, 'a0000008-0000-4000-8000-000000000000', 'matched', 'CT8', 'RADDEPLOY', '10.0.0.7', 1709208049123456789, 1709208050123456789, '', X'5B7B22666C6F77223A2274776F227D5D');
INSERT INTO object VALUES (1, 'a0000001-0000-4000-8000-000000000000/0.dcm', '1.2.840.10008.5.1.4.1.1.2', '1.1.0', '1.2.840.10008.1.2.1', '1.1', '1.1.9', 'CT', '1234 PH', 100, 1709208002123456789);
INSERT INTO object VALUES (2, 'a0000001-0000-4000-8000-000000000000/1.dcm', '1.2.840.10008.5.1.4.1.1.2', '1.1.1', '1.2.840.10008.1.2.1', '1.1', '1.1.9', 'CT', '1234 PH', 101, 1709208003123456789);
INSERT INTO object VALUES (3, 'a0000002-0000-4000-8000-000000000000/0.dcm', '1.2.840.10008.5.1.4.1.1.2', '1.2.0', '1.2.840.10008.1.2.1', '1.2', '1.2.9', 'CT', '1234 PH', 100, 1709208006123456789);
INSERT INTO object VALUES (4, 'a0000003-0000-4000-8000-000000000000/0.dcm', '1.2.840.10008.5.1.4.1.1.2', '1.3.0', '1.2.840.10008.1.2.1', '1.3', '1.3.9', 'CT', '1234 PH', 100, 1709208009123456789);
INSERT INTO object VALUES (5, 'a0000003-0000-4000-8000-000000000000/1.dcm', '1.2.840.10008.5.1.4.1.1.2', '1.3.1', '1.2.840.10008.1.2.1', '1.3', '1.3.9', 'CT', '1234 PH', 101, 1709208010123456789);
INSERT INTO object VALUES (6, 'a0000004-0000-4000-8000-000000000000/0.dcm', '1.2.840.10008.5.1.4.1.1.2', '1.3.0', '1.2.840.10008.1.2.1', '1.3', '1.3.9', 'CT', '1234 PH', 100, 1709208013123456789);
INSERT INTO object VALUES (7, 'a0000005-0000-4000-8000-000000000000/0.dcm', '1.2.840.10008.5.1.4.1.1.2', '1.5.0', '1.2.840.10008.1.2.1', '1.5', '1.5.9', 'CT', '1234 PH', 100, 1709208016123456789);
INSERT INTO object VALUES (8, 'a0000007-0000-4000-8000-000000000000/0.dcm', '1.2.840.10008.5.1.4.1.1.2', '1.7.one.0', '1.2.840.10008.1.2.1', '1.7.one', '1.7.one.9', 'CT', '1234 PH', 100, 1709208021123456789);
INSERT INTO object VALUES (9, 'a0000007-0000-4000-8000-000000000000/1.dcm', '1.2.840.10008.5.1.4.1.1.2', '1.7.one.1', '1.2.840.10008.1.2.1', '1.7.one', '1.7.one.9', 'CT', '1234 PH', 101, 1709208022123456789);
INSERT INTO object VALUES (10, 'a0000008-0000-4000-8000-000000000000/0.dcm', '1.2.840.10008.5.1.4.1.1.2', '1.7.two.0', '1.2.840.10008.1.2.1', '1.7.two', '1.7.two.9', 'CT', '1234 PH', 100, 1709208051123456789);
INSERT INTO object VALUES (11, 'a0000008-0000-4000-8000-000000000000/1.dcm', '1.2.840.10008.5.1.4.1.1.2', '1.7.two.1', '1.2.840.10008.1.2.1', '1.7.two', '1.7.two.9', 'CT', '1234 PH', 101, 1709208052123456789);
INSERT INTO arrival_object VALUES (1, 1);
INSERT INTO arrival_object VALUES (1, 2);
INSERT INTO arrival_object VALUES (2, 3);
INSERT INTO arrival_object VALUES (3, 4);
INSERT INTO arrival_object VALUES (3, 5);
INSERT INTO arrival_object VALUES (4, 4);
INSERT INTO arrival_object VALUES (4, 5);
INSERT INTO arrival_object VALUES (4, 6);
INSERT INTO arrival_object VALUES (5, 7);
INSERT INTO arrival_object VALUES (7, 8);
INSERT INTO arrival_object VALUES (7, 9);
INSERT INTO arrival_object VALUES (8, 10);
INSERT INTO arrival_object VALUES (8, 11);
INSERT INTO run VALUES (1, 'b0000001-0000-4000-8000-000000000000', 7, 'one', '1.02', 'd-one', X'7B226E616D65223A226F6E65227D', 4, 'pending', '', '1234 PH', X'5B312C325D', 1709208023123456789, 0, 0, 0);
INSERT INTO run VALUES (2, 'b0000002-0000-4000-8000-000000000000', 7, 'one', '1.02', 'd-one', X'7B226E616D65223A226F6E65227D', 4, 'running', '', '1234 PH', X'5B312C325D', 1709208024123456789, 1709208029123456789, 0, 0);
INSERT INTO run VALUES (3, 'b0000003-0000-4000-8000-000000000000', 7, 'one', '1.02', 'd-one', X'7B226E616D65223A226F6E65227D', 4, 'done', '', '1234 PH', X'5B312C325D', 1709208025123456789, 1709208034123456789, 1709208036123456789, 1709208036123456789);
INSERT INTO run VALUES (4, 'b0000004-0000-4000-8000-000000000000', 7, 'one', '1.02', 'd-one', X'7B226E616D65223A226F6E65227D', 4, 'failed', 'bad: exit code 7', '1234 PH', X'5B312C325D', 1709208026123456789, 1709208037123456789, 1709208040123456789, 0);
INSERT INTO run VALUES (5, 'b0000005-0000-4000-8000-000000000000', 7, 'one', '1.02', 'd-one', X'7B226E616D65223A226F6E65227D', 4, 'canceled', 'canceled by an operator', '1234 PH', X'5B312C325D', 1709208027123456789, 1709208041123456789, 1709208043123456789, 0);
INSERT INTO run VALUES (6, 'b0000006-0000-4000-8000-000000000000', 7, 'one', '1.02', 'd-one', X'7B226E616D65223A226F6E65227D', 4, 'running', '', '1234 PH', X'5B312C325D', 1709208028123456789, 1709208045123456789, 0, 0);
INSERT INTO run VALUES (7, 'b0000007-0000-4000-8000-000000000000', 8, 'two', '1.02', 'd-two', X'7B226E616D65223A2274776F227D', 4, 'sending', '', '1234 PH', X'5B312C325D', 1709208053123456789, 1709208057123456789, 1709208067123456789, 0);
INSERT INTO run VALUES (8, 'b0000008-0000-4000-8000-000000000000', 8, 'two', '1.02', 'd-two', X'7B226E616D65223A2274776F227D', 4, 'done', '', '1234 PH', X'5B312C325D', 1709208054123456789, 1709208070123456789, 1709208076123456789, 1709208079123456789);
INSERT INTO run VALUES (9, 'b0000009-0000-4000-8000-000000000000', 8, 'two', '1.02', 'd-two', X'7B226E616D65223A2274776F227D', 4, 'failed', 'delivery to pacs: 1 of 2 objects refused, the last because: the peer answered C000 (cannot understand)', '1234 PH', X'5B312C325D', 1709208055123456789, 1709208080123456789, 1709208088123456789, 0);
INSERT INTO run VALUES (10, 'b0000010-0000-4000-8000-000000000000', 8, 'two', '1.02', 'd-two', X'7B226E616D65223A2274776F227D', 4, 'sending', '', '1234 PH', X'5B312C325D', 1709208056123456789, 1709208092123456789, 1709208096123456789, 0);
INSERT INTO task VALUES (1, 0, 'waiting', 'pending', 0, 0, 0, 'waits for 1 GPU');
INSERT INTO task VALUES (2, 0, 'fast', 'succeeded', 1, 0, 0, '');
INSERT INTO task VALUES (2, 1, 'slow', 'running', 1, 0, 0, '');
INSERT INTO task VALUES (2, 2, 'later', 'pending', 0, 0, 0, '');
INSERT INTO task VALUES (3, 0, 'only', 'succeeded', 1, 0, 0, '');
INSERT INTO task VALUES (4, 0, 'bad', 'failed', 1, 1, 2, 'exit code 7');
INSERT INTO task VALUES (4, 1, 'after', 'skipped', 0, 0, 0, 'bad failed');
INSERT INTO task VALUES (4, 2, 'beside', 'running', 1, 0, 0, '');
INSERT INTO task VALUES (5, 0, 'late', 'canceled', 1, 0, 0, '');
INSERT INTO task VALUES (6, 0, 'flaky', 'running', 2, 0, 1, '');
INSERT INTO task VALUES (7, 0, 'a', 'succeeded', 1, 0, 0, '');
INSERT INTO task VALUES (8, 0, 'b', 'succeeded', 1, 0, 0, '');
INSERT INTO task VALUES (9, 0, 'c', 'succeeded', 1, 0, 0, '');
INSERT INTO task VALUES (10, 0, 'd', 'succeeded', 1, 0, 0, '');
INSERT INTO attempt VALUES ('b0000002-0000-4000-8000-000000000000-0-1', 2, 0, 1, 'docker', '["GPU-1"]', 'removed', X'68616E646C65', X'7B22526561736F6E223A312C22436F6465223A307D', '', 1709208029123456789, 1709208030123456789, 1709208031123456789);
INSERT INTO attempt VALUES ('b0000002-0000-4000-8000-000000000000-1-1', 2, 1, 1, 'docker', '["GPU-1"]', 'started', X'68616E646C65', NULL, '', 1709208032123456789, 1709208033123456789, 0);
INSERT INTO attempt VALUES ('b0000003-0000-4000-8000-000000000000-0-1', 3, 0, 1, 'docker', '["GPU-1"]', 'ended', X'68616E646C65', X'7B22526561736F6E223A312C22436F6465223A307D', '', 1709208034123456789, 1709208035123456789, 1709208036123456789);
INSERT INTO attempt VALUES ('b0000004-0000-4000-8000-000000000000-0-1', 4, 0, 1, 'docker', '["GPU-1"]', 'ended', X'68616E646C65', X'7B22526561736F6E223A312C22436F6465223A377D', 'exit code 7', 1709208037123456789, 1709208038123456789, 1709208040123456789);
INSERT INTO attempt VALUES ('b0000004-0000-4000-8000-000000000000-2-1', 4, 2, 1, 'docker', '["GPU-1"]', 'intended', NULL, NULL, '', 1709208039123456789, 0, 0);
INSERT INTO attempt VALUES ('b0000005-0000-4000-8000-000000000000-0-1', 5, 0, 1, 'docker', '["GPU-1"]', 'ended', X'68616E646C65', NULL, 'its run is canceled', 1709208041123456789, 1709208042123456789, 1709208044123456789);
INSERT INTO attempt VALUES ('b0000006-0000-4000-8000-000000000000-0-1', 6, 0, 1, 'docker', '["GPU-1"]', 'ended', X'68616E646C65', X'7B22526561736F6E223A312C22436F6465223A307D', 'node lost', 1709208045123456789, 1709208046123456789, 1709208047123456789);
INSERT INTO attempt VALUES ('b0000006-0000-4000-8000-000000000000-0-2', 6, 0, 2, 'docker', '["GPU-1"]', 'intended', NULL, NULL, '', 1709208048123456789, 0, 0);
INSERT INTO attempt VALUES ('b0000007-0000-4000-8000-000000000000-0-1', 7, 0, 1, 'docker', '["GPU-1"]', 'ended', X'68616E646C65', X'7B22526561736F6E223A312C22436F6465223A307D', '', 1709208057123456789, 1709208058123456789, 1709208067123456789);
INSERT INTO attempt VALUES ('b0000008-0000-4000-8000-000000000000-0-1', 8, 0, 1, 'docker', '["GPU-1"]', 'ended', X'68616E646C65', X'7B22526561736F6E223A312C22436F6465223A307D', '', 1709208070123456789, 1709208071123456789, 1709208076123456789);
INSERT INTO attempt VALUES ('b0000009-0000-4000-8000-000000000000-0-1', 9, 0, 1, 'docker', '["GPU-1"]', 'ended', X'68616E646C65', X'7B22526561736F6E223A312C22436F6465223A307D', '', 1709208080123456789, 1709208081123456789, 1709208088123456789);
INSERT INTO attempt VALUES ('b0000010-0000-4000-8000-000000000000-0-1', 10, 0, 1, 'docker', '["GPU-1"]', 'ended', X'68616E646C65', X'7B22526561736F6E223A312C22436F6465223A307D', '', 1709208092123456789, 1709208093123456789, 1709208096123456789);
INSERT INTO delivery VALUES (1, 7, 'waits', '10.0.1.1', 104, 'PEER0', 'pending', 0, 0, 1709208059123456789, 1709211660123456789, '', 0);
INSERT INTO delivery VALUES (2, 7, 'interrupted', '10.0.1.1', 105, 'PEER1', 'pending', 0, 1, 1709208073123456789, 1709211662123456789, 'interrupted', 0);
INSERT INTO delivery VALUES (3, 7, 'tries', '10.0.1.1', 106, 'PEER2', 'sending', 0, 1, 1709208063123456789, 1709211664123456789, '', 0);
INSERT INTO delivery VALUES (4, 7, 'canceled', '10.0.1.1', 107, 'PEER3', 'abandoned', 0, 0, 0, 1709211666123456789, 'its run is canceled', 1709208069123456789);
INSERT INTO delivery VALUES (5, 8, 'pacs', '10.0.1.1', 104, 'PEER0', 'sent', 1, 2, 0, 1709211673123456789, '', 1709208078123456789);
INSERT INTO delivery VALUES (6, 8, '', '10.0.1.1', 105, 'PEER1', 'sent', 0, 1, 1709208084123456789, 1709211675123456789, 'nothing to send: the output holds no DICOM objects', 1709208079123456789);
INSERT INTO delivery VALUES (7, 9, 'pacs', '10.0.1.1', 104, 'PEER0', 'failed', 1, 1, 1709208094123456789, 1709211683123456789, '1 of 2 objects refused, the last because: the peer answered C000 (cannot understand)', 1709208089123456789);
INSERT INTO delivery VALUES (8, 9, 'archive', '10.0.1.1', 105, 'PEER1', 'sent', 0, 1, 1709208095123456789, 1709211685123456789, '', 1709208090123456789);
INSERT INTO delivery VALUES (9, 9, '', '10.0.1.1', 106, 'PEER2', 'failed', 0, 1, 1709208096123456789, 1709211687123456789, 'given up after 3 tries: connection refused', 1709208091123456789);
INSERT INTO delivery VALUES (10, 10, 'pacs', '10.0.1.1', 104, 'PEER0', 'sending', 1, 1, 1709208094123456789, 1709211695123456789, '', 0);
INSERT INTO delivery_object VALUES (5, 'out/0.dcm', '1.2.3', '1.0', '1.2.840.10008.1.2.1', 'sent', 0, '');
INSERT INTO delivery_object VALUES (5, 'out/1.dcm', '1.2.3', '1.1', '1.2.840.10008.1.2.1', 'sent', 45056, '');
INSERT INTO delivery_object VALUES (5, 'out/report.txt', '', '', '', 'not-dicom', 0, 'not a DICOM file');
INSERT INTO delivery_object VALUES (7, 'out/0.dcm', '1.2.3', '1.0', '1.2.840.10008.1.2.1', 'failed', 49152, 'the peer answered C000 (cannot understand)');
INSERT INTO delivery_object VALUES (7, 'out/1.dcm', '1.2.3', '1.1', '1.2.840.10008.1.2.1', 'pending', 0, '');
INSERT INTO delivery_object VALUES (7, 'out/report.txt', '', '', '', 'not-dicom', 0, 'not a DICOM file');
INSERT INTO delivery_object VALUES (10, 'out/0.dcm', '1.2.3', '1.0', '1.2.840.10008.1.2.1', 'sent', 0, '');
INSERT INTO delivery_object VALUES (10, 'out/1.dcm', '1.2.3', '1.1', '1.2.840.10008.1.2.1', 'pending', 0, '');
INSERT INTO delivery_object VALUES (10, 'out/report.txt', '', '', '', 'not-dicom', 0, 'not a DICOM file');
INSERT INTO switched_off VALUES ('one', '1.02', 1709208097123456789);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES ('arrival', 8);
INSERT INTO sqlite_sequence VALUES ('object', 11);
INSERT INTO sqlite_sequence VALUES ('run', 10);
INSERT INTO sqlite_sequence VALUES ('delivery', 10);
PRAGMA user_version = 3;
