-- Who may ask over HTTP. Of a token and of a session the database has the SHA-256 alone.
CREATE TABLE token (
  id      TEXT    PRIMARY KEY, -- public, part of the token
  name    TEXT    NOT NULL,
  role    TEXT    NOT NULL,
  hash    BLOB    NOT NULL,
  by      TEXT    NOT NULL, -- who made it
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL, -- 0: never
  revoked INTEGER NOT NULL DEFAULT 0, -- 0: it is not
  used    INTEGER NOT NULL DEFAULT 0  -- to the minute; 0: never
) STRICT, WITHOUT ROWID;

-- Browsers that have logged in.
CREATE TABLE session (
  hash    BLOB    PRIMARY KEY,
  name    TEXT    NOT NULL,
  role    TEXT    NOT NULL,
  token   TEXT    NOT NULL, -- the id of the token that it was begun with; '': at an identity provider
  expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
