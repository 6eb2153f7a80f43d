-- The id of the data folder that the database belongs to, in one row: that of the file "id" beside it.
CREATE TABLE data_folder (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  id  TEXT NOT NULL
) STRICT;
