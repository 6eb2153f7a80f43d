// Package api is the agent's HTTP interface, and the client of it: what was
// received, what runs, what was sent, as JSON under /v1.
//
// Requests come in and answers from the state database go out; the package
// decides nothing. Lists are arrays of objects with at least id and state.
package api
