-- Flows that somebody switched off, by name and version, whether or not a file holds them now.
CREATE TABLE switched_off (
  name    TEXT    NOT NULL,
  version TEXT    NOT NULL,
  since   INTEGER NOT NULL,
  PRIMARY KEY (name, version)
) STRICT, WITHOUT ROWID;
