// Package fleet is the executors of a site: their plugins, their health, what
// they can take, and what of it is leased.
//
// A site's executor blocks and the rows of attempts come in. Out come what each
// executor has left, as a value for package schedule/plan, and the executors
// themselves for calls about attempts. The fleet also reconciles leftovers: what
// an executor holds and the state database does not know is removed, and until
// that was done once, the executor's GPUs are not leased.
//
// The package decides neither what starts nor where, and writes no state but
// what the backends have told of their GPUs (package inventory).
package fleet
