// Package plan decides which ready task starts where, and what follows when an
// attempt has ended.
//
// It is pure: the state of the site and of a run go in, decisions come out. It
// has no clock and does no input or output. A [Queue] keeps the tasks that are
// ready; the cost of its decisions grows with what starts and with the number
// of executors and GPUs, not with the number of tasks that wait.
package plan
