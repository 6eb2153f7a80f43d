// Package state is the agent's memory: one SQLite database that says what was
// received, what runs, and what is still to be sent.
//
// Every step of the work is a committed row before anything acts on it, so that
// a restart, a crash and normal running are one path: an agent that starts
// looks for rows that are not in a final state and goes on. Transitions are
// checked against the tables in package run. The package executes no work and
// touches no file but the database.
//
// Writes are committed with synchronous=FULL by one writer that groups what is
// waiting into one transaction; reads run beside it (WAL).
package state
