// Package testenv is a whole site for a test: an agent with its data, its flows
// and its executors, the peers that send to it, and the nodes that it sends to.
//
// What goes in is what an operator would write: a site's configuration, flow
// files, DICOM files. What comes out is what an operator would see: the agent's
// API, its log, what arrived where. The agent runs in the test's process or as
// the built program, which can then be killed. Tests wait for states and never
// for time to pass; everything that was begun ends with the test. Whatever a
// test does, its site's log is searched for what may not stand there. Only
// tests may use this package.
package testenv
