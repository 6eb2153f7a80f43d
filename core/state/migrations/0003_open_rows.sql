-- SQLite asks an index's condition at every write of a row. For an IN of more than two values it makes a table in memory each time.
DROP INDEX arrival_open;
DROP INDEX run_open;
DROP INDEX attempt_open;
CREATE INDEX arrival_open ON arrival (state) WHERE state = 'receiving' OR state = 'incomplete' OR state = 'complete';
CREATE INDEX run_open ON run (state) WHERE state = 'pending' OR state = 'running' OR state = 'sending';
CREATE INDEX attempt_open ON attempt (state) WHERE state = 'intended' OR state = 'started' OR state = 'ended';
