// Package agent wires the rooms of the house together and runs them: receiving,
// matching, scheduling, executing, delivering.
//
// A site's configuration comes in. The work itself stands in rows of the state
// database, so that starting, restarting and going on are one thing. This is
// the only package that knows all others.
package agent
