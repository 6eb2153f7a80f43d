-- What peers asked for and whether they got it, counted: a row for each peer, outcome and detail.
CREATE TABLE contact (
  calling_ae TEXT    NOT NULL,
  called_ae  TEXT    NOT NULL,
  address    TEXT    NOT NULL,
  outcome    TEXT    NOT NULL, -- accepted, rejected, refused
  detail     TEXT    NOT NULL, -- why it was rejected, or the abstract syntax that was refused
  first      INTEGER NOT NULL,
  last       INTEGER NOT NULL,
  count      INTEGER NOT NULL,
  PRIMARY KEY (calling_ae, called_ae, address, outcome, detail)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_last ON contact (outcome, last);

-- The abstract syntaxes that an association proposed in vain, with spaces between them.
ALTER TABLE arrival ADD COLUMN refused TEXT NOT NULL DEFAULT '';
