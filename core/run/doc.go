// Package run holds the words for what happens to objects once they are here:
// arrival, run, task, attempt and delivery, their states, and in one table
// which state may follow which.
//
// It is vocabulary: values without behaviour that touches disk, network or
// clock. Package state keeps them.
package run
