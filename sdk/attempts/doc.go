// Package attempts is what an executor has in memory of the attempts that its
// backend carries, whatever the backend is: a container engine, a cluster, a
// host. Executors of container engines have it from package engine; others
// embed an [Attempt] in their own.
//
//   - An [Attempt] is how far one is, for any number of watchers, and the one
//     goroutine that brings it to its end, by [Rounds], however often the
//     backend goes away.
//   - A [Set] is the attempts that one plugin process knows.
//   - An [Ending] is that an attempt was asked to end: the first reason counts,
//     and the soonest end.
//   - A note ([WriteNote], [ReadNote], [DropNote]) is a small file with one fact
//     that must outlive the process and a loss of power. What notes mean, and
//     when they are written, is the executor's.
//
// In come calls of [sdk.Executor], out go events and exits. Nothing here is
// kept: the truth is in the backend and in the executor's notes.
package attempts
