// Package events tells those who watch what has changed.
//
// Events come out of the state database, where each is a row that was committed
// with the change: so one who was away goes on after the last event that they saw,
// over restarts of either side. Nobody has a queue: a [Feed] keeps the newest events
// once for all readers, who fetch what comes after what they have, and a reader that
// does not take its events in time is cut off.
//
// What changes outside the database, executors and the files of flows, a [Recorder]
// records. Events have ids and states, and nothing of patients.
package events
