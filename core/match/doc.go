// Package match makes runs of complete arrivals.
//
// In come the rows of complete arrivals, the flows in force, and the headers of
// the arrival's objects. Out goes one commit for each arrival: its runs, or that
// no flow wanted it, with the explanation. Which flow an arrival triggers is
// decided in package decide, which is pure. The package must not start a run,
// and must not log a value of an object.
package match
