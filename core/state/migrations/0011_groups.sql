-- The newest arrival of each rule and state of a series or study, however many there are.
DROP INDEX arrival_uid;
CREATE INDEX arrival_uid ON arrival (uid, rule, state) WHERE uid <> '';
