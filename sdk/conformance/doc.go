// Package conformance tests whether an executor plugin, written in whatever
// language, keeps the contract of [sdk.Executor]. It launches the plugin's
// program as the agent does, runs small tasks on the plugin's backend, and
// kills the plugin where a promise is about that. In a plugin's own tests:
//
//	func TestConformance(t *testing.T) {
//		conformance.Suite{
//			Program: build(t), // the path of the plugin's program
//			Config:  []byte(`{"endpoint": "unix:///run/mine.sock"}`),
//			Absent:  []byte(`{"endpoint": "unix:///nowhere"}`),
//		}.Run(t)
//	}
//
// The command `raddeploy plugin check PROGRAM` does the same without Go. A case
// that fails says what the contract says, what happened instead, and where to
// read.
//
// An executor may lack abilities: the optional calls, and the neutral words of
// a task that its ValidateTask complains about with a path that names the word,
// such as ["mem_limit"]. A case that stands on these is then "not offered". To
// accept a word and not to do it is a failure, and so is to lack what a
// required case stands on. When the suite has ended, nothing of it is left in
// the backend.
package conformance
