// Package execute carries one attempt at a task to its end: it lays the folders,
// has the executor start it, watches it, keeps its logs, and collects its
// outputs.
//
// In comes an attempt that is already recorded, with its run, its flow and the
// executor. Out goes how it ended (run.Ending), after its outputs are on stable
// storage. Each step can be done again: the same call goes on with an attempt
// that an earlier agent began. While the executor is away, the call waits for it.
//
// The package must not choose the task or the executor, decide what follows from
// an end, or write any state but that the executor has accepted the attempt.
package execute
