// Package host is the agent's side of a plugin: [Launch] starts a plugin's
// process in a clean environment, agrees with it on a version, and gives a
// [Client] that calls it over mutual TLS on a socket of their own. It does not
// search, configure or restart plugins.
//
// A plugin process never outlives the process that launched it, however that ends.
package host
