-- What people are told. How far events were looked at for it: one row, while the site has notify blocks.
CREATE TABLE notified (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  seq INTEGER NOT NULL -- of the newest event that was looked at
) STRICT;

-- What has failed or is held, and has not recovered since a block's recipients were told.
CREATE TABLE trouble (
  notify  TEXT    NOT NULL, -- the block's name
  subject TEXT    NOT NULL, -- such as flow/lungs
  kind    TEXT    NOT NULL, -- failed, held
  owner   TEXT    NOT NULL, -- the address of the flow's owner; '': nobody's
  since   INTEGER NOT NULL,
  told    INTEGER NOT NULL, -- when there was a notice last
  more    INTEGER NOT NULL, -- how often it failed since
  PRIMARY KEY (notify, subject)
) STRICT, WITHOUT ROWID;

-- What is to be told and is in no message yet.
CREATE TABLE notice (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  notify  TEXT    NOT NULL,
  owner   TEXT    NOT NULL, -- the address of a flow's owner; '': the block's recipients
  content BLOB    NOT NULL  -- as JSON
) STRICT;

-- When a block's next digest is due, and from when on it counts.
CREATE TABLE digest (
  notify TEXT    PRIMARY KEY,
  since  INTEGER NOT NULL,
  due    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is sent: a row for each recipient.
CREATE TABLE message (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  id        TEXT    NOT NULL UNIQUE,
  notify    TEXT    NOT NULL,
  owner     TEXT    NOT NULL, -- as in notice
  recipient TEXT    NOT NULL, -- an address; '': the block's webhook
  kind      TEXT    NOT NULL, -- events, digest
  state     TEXT    NOT NULL,
  created   INTEGER NOT NULL,
  since     INTEGER NOT NULL, -- the same by the clock of running
  tries     INTEGER NOT NULL DEFAULT 0,
  next_try  INTEGER NOT NULL DEFAULT 0,
  reason    TEXT    NOT NULL DEFAULT '',
  finished  INTEGER NOT NULL DEFAULT 0,
  content   BLOB    NOT NULL  -- as JSON
) STRICT;
CREATE INDEX message_pending ON message (notify, next_try) WHERE state = 'pending';
CREATE INDEX message_created ON message (created);
