-- The agent writes events once for all writes that share a commit. A trigger has SQLite keep a copy of each page that its
-- statement changes: with these, the rows of a run of one task cost half as much again.
DROP TRIGGER event_of_new_arrival;
DROP TRIGGER event_of_arrival;
DROP TRIGGER event_of_new_run;
DROP TRIGGER event_of_run;
DROP TRIGGER event_of_task;
DROP TRIGGER event_of_new_delivery;
DROP TRIGGER event_of_delivery;
DROP TRIGGER event_of_journal;
