// Package schedule decides which ready task starts where, and what follows when
// an attempt has ended.
//
// It is pure: the state of the site and of a run go in, decisions come out. It
// has no clock, does no input or output and keeps nothing between calls.
package schedule
