-- Deliveries that are committed to are listed by an index, and so is what peers asked commitment for; how many of each
-- destination's wait for their commitment is counted by one.
CREATE INDEX delivery_committed ON delivery (state) WHERE state = 'committed';
CREATE INDEX delivery_waiting ON delivery (host, port, ae_title) WHERE state = 'uncommitted';
CREATE INDEX commitment_asked ON commitment (asked, id);
