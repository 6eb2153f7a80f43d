-- The journal has looks at values and pictures, and what was refused, too.
ALTER TABLE journal ADD COLUMN result TEXT NOT NULL DEFAULT 'done'; -- done, seen, refused
ALTER TABLE journal ADD COLUMN known  TEXT NOT NULL DEFAULT ''; -- how it is known who did it: socket, token, login, anonymous
ALTER TABLE journal ADD COLUMN role   TEXT NOT NULL DEFAULT '';
ALTER TABLE journal ADD COLUMN before TEXT NOT NULL DEFAULT ''; -- the state of what it was done to; '': not known, or as it was
ALTER TABLE journal ADD COLUMN after  TEXT NOT NULL DEFAULT '';

-- What a syslog server has been told of the journal: one row.
CREATE TABLE exported (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  seq INTEGER NOT NULL -- of the newest entry that it has
) STRICT;
