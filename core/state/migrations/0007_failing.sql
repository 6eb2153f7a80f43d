-- How long agents have run on this database, in nanoseconds, as of the last save. What is given up after some time
-- counts this one: the clock on the wall can jump.
CREATE TABLE clock (
  id      INTEGER PRIMARY KEY CHECK (id = 1),
  running INTEGER NOT NULL
) STRICT;
INSERT INTO clock (id, running) VALUES (1, 0);

-- A task that infrastructure failed: when it is tried again, and since when it is tried, by the clock above.
ALTER TABLE task ADD COLUMN next_try INTEGER NOT NULL DEFAULT 0;
ALTER TABLE task ADD COLUMN fault_since INTEGER NOT NULL DEFAULT 0;

-- Since when a delivery is tried, by the clock above. Until when, its site's setting says.
ALTER TABLE delivery ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery DROP COLUMN give_up;

-- The next tries of each destination in their order: what is due is found without a look at what is not.
DROP INDEX delivery_open;
CREATE INDEX delivery_next ON delivery (host, port, ae_title, next_try, tries) WHERE state = 'pending';
CREATE INDEX delivery_sending ON delivery (state) WHERE state = 'sending';
