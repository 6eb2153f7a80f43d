-- What an attempt ran on: the image's reference and digest, the executor's plugin, the node, the devices as a list in
-- JSON; what it used, in nanoseconds and bytes; and what an operator should know about it, as a list in JSON.
ALTER TABLE attempt ADD COLUMN image TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN image_digest TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN plugin TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN plugin_version TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN node TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN devices TEXT NOT NULL DEFAULT '[]';
ALTER TABLE attempt ADD COLUMN cpu INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN memory_peak INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]';

-- The digest that an image had in the attempt before, on the same executor.
CREATE INDEX attempt_image ON attempt (executor, image, ended) WHERE image_digest <> '';
