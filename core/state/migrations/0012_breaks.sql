-- How many associations broke while a file was being sent. After two it is sent last, and alone.
ALTER TABLE delivery_object ADD COLUMN breaks INTEGER NOT NULL DEFAULT 0;
