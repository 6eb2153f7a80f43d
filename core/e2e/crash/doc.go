// Package crash holds the tests that end the programs of a whole site at random
// moments, and the power of its disk: what was acknowledged is neither lost nor
// done twice, and nothing is left behind. It holds nothing else.
//
//	make test                     64 kills and 32 power cuts, with a new seed
//	make crash KILLS=200 SEED=7   as many kills, half as many cuts, with this seed
//	make soak SOAK=8h             new seeds for so long, or until one fails
//
// They close with the line
//
//	acknowledged N, ended N, lost 0, ran twice 0, left behind 0
//
// The seed decides all that the tests decide: what is sent and how it ends, how
// destinations answer, what is killed, and after how many lines of the agent's
// log. How far each process is at that line, the machine decides, so that a seed
// that failed may pass: run it several times. A test that fails leaves the log
// of its agents in the temporary folder.
//
// The power is that of an ext4 file system on a loop device: it is shut down
// without its journal being written, and what was not synced is gone, as the
// kernel itself decides. Not shown are a drive that loses what it says it has
// written, file systems that order less than ext4 does, and what tasks wrote
// before it was collected: their runtime is taken to have lost them.
package crash
