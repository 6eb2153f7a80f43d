-- Destinations that took no association when they were tried last: how often in a row, and until when they are left alone.
CREATE TABLE destination_pause (
  host     TEXT    NOT NULL,
  port     INTEGER NOT NULL,
  ae_title TEXT    NOT NULL,
  missed   INTEGER NOT NULL,
  until    INTEGER NOT NULL,
  PRIMARY KEY (host, port, ae_title)
) STRICT, WITHOUT ROWID;

-- What a report on a transaction says failed counts only while nothing was sent again since it was asked.
ALTER TABLE delivery_commitment ADD COLUMN tries INTEGER NOT NULL DEFAULT 0; -- at the delivery, when it was asked
UPDATE delivery_commitment SET tries = (SELECT tries FROM delivery d WHERE d.id = delivery_commitment.delivery);
