// Package operate is what an operator does to arrivals, runs and executors:
// cancel, retry, resend, rerun, release, discard, drain.
//
// In comes what somebody asks for, and who it is. Out goes one commit with a row
// of the journal and what the action changes, decided from how things stand at
// that moment; then the verbs that act on such rows are woken. An action that
// finds its work done already is a no-op, so asking twice is asking once. One
// that the state does not allow is a [run.StateError] with advice.
//
// The package must not start, stop or send anything itself: a restart between
// the commit and what follows changes nothing.
package operate
