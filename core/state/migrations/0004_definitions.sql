-- What is long and never changes stands apart: each move of a run writes its row anew, as a whole, and lists read many rows.
CREATE TABLE definition (
  digest TEXT PRIMARY KEY, -- of flow
  flow   BLOB NOT NULL     -- as it was when a run of it was made, as JSON
) STRICT;
INSERT OR IGNORE INTO definition (digest, flow) SELECT digest, definition FROM run;

CREATE TABLE selection (
  run     INTEGER PRIMARY KEY REFERENCES run (seq),
  objects BLOB NOT NULL -- ids of the selected objects, as a JSON array
) STRICT;
INSERT INTO selection (run, objects) SELECT seq, objects FROM run;

ALTER TABLE run ADD COLUMN selected INTEGER NOT NULL DEFAULT 0; -- how many objects
UPDATE run SET selected = json_array_length(objects);
ALTER TABLE run DROP COLUMN definition;
ALTER TABLE run DROP COLUMN objects;
