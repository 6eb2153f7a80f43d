// Package schedule starts ready tasks, and records how attempts at them ended
// and what follows.
//
// In come the rows of open runs, what the executors have left (package fleet),
// and how attempts ended. Out go rows: an attempt that is about to be made, the
// outcome of tasks and runs, what a task waits for, the deliveries of a run that
// succeeded. An attempt is handed to an Engine only after its row is committed,
// so that whatever exists in a runtime is known to the next agent; starting on
// an old database is the ordinary path.
//
// What starts where, and what follows from an outcome, is decided in package
// plan, which is pure. This package must not call an executor itself, read an
// object, or send anything.
//
// # How a task starts
//
//	load        reads the run's row, its tasks and its flow           (load.go)
//	enqueue     puts the tasks whose inputs exist into the queue      (openrun.go)
//	step        asks the fleet what is left, has plan place tasks     (step.go)
//	begin       leases, records the attempt as intended, hands it to
//	            the Engine, which calls the executor's plugin         (attempts.go)
//	settle      takes the end, commits what follows, starts the next  (settle.go)
package schedule
