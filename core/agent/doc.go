// Package agent wires the verbs and faces together and runs them: receiving,
// matching, scheduling, executing, delivering.
//
// A site's configuration comes in. The work itself is in rows of the state
// database, so that starting, restarting and going on are one path. The package
// opens, connects, starts and stops; it must not decide, and holds no loop of a
// verb and no tool of the command line.
package agent
