// Package bench measures what a site gets: the built agent as a process of its
// own, with dcmtk's programs, plain docker commands, and the container
// runtimes' own interfaces beside it.
//
// Its benchmarks are run by make bench. Each prints both sides of a comparison
// made in one run, their ratio, and whether the ratio that was promised is met;
// one that is missed fails the run. A peer that is not installed is said so and
// skipped. Everything that is written or started is gone afterwards. Numbers of
// a busy machine are worth little: the load is printed above them.
package bench
