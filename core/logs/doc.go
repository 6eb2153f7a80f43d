// Package logs keeps what attempts print: one file for each stream, written
// while the attempt runs and read by anybody, also after its runtime has
// forgotten it.
//
// A file is a sequence of frames: when the piece was written, the bytes, and
// the executor's cursor behind it. Whoever continues to write after a crash
// finds in the last whole frame where to go on, so nothing is lost and nothing
// repeated.
package logs
