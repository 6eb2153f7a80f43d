// Package fake is an executor that runs nothing: what an attempt does is
// written in a [Plan], and how far it is follows from the plan and the clock.
// Its semantics are a real executor's, so that the agent can be tested without
// a container engine: in one process through [New], or as a plugin process
// through [Plugin] and the command below this package.
//
// The truth is a folder, the [Backend]. Executors on one folder are one after
// the other the same executor: kill one at any moment, start the next, and
// every attempt goes on. Tests read and steer the folder through the Backend's
// methods.
package fake
