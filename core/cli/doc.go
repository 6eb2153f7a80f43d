// Package cli is the command line: one file a command. It reads words, calls
// the packages that do the work, and writes for people or, with -json, for
// programs.
package cli
