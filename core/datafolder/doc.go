// Package datafolder opens the folder in which an agent keeps everything: its
// lock, its identity, the state database and the spool.
//
// A path comes in; out come the open database and spool, for one process alone.
// The package refuses what would lose work without a word: a new database beside
// folders with objects or runs, and the database of another data folder. It
// makes copies of the database, and says what is broken of it. It does not know
// what rows mean.
package datafolder
