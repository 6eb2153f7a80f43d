-- The boot of this host in which the database was open last, as the kernel names it.
CREATE TABLE boot (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  id  TEXT NOT NULL
) STRICT;
-- 1: the attempt was open when this host was booted anew. What it had written before may be cut.
ALTER TABLE attempt ADD COLUMN rebooted INTEGER NOT NULL DEFAULT 0;
