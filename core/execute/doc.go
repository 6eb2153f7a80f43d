// Package execute carries one attempt at a task through its life: it lays the
// folders, asks the executor to start it, watches it to its end, keeps its
// output, and collects what it wrote.
//
// An attempt that is already noted comes in, and how it ended goes out. Every
// step can be done again: the same call continues an attempt that an earlier
// agent began. The package chooses neither the task nor the executor, and
// writes no state.
package execute
