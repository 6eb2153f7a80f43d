// Package run holds the words for what happens to objects once they are here:
// arrival, run, task, attempt and delivery. The state of each has a type of its
// own; beside it one table says what each state means and which may follow.
//
// It is vocabulary: values without behaviour that touches disk, network or
// clock. Package state keeps them.
package run
