// Package api is what an agent can be asked and told, in Go and over HTTP: what
// was received, what runs, what was sent, and the actions of operators.
//
// [Sources] come in: the state database, the flows, the executors, the operator.
// [New] makes a [Server] of them. Its methods return views, the types of this
// package with JSON tags, and its handlers under /v1 are thin over the same
// methods; there is no other way to what they show. Pages call them in the
// process, and a [Client] does the same over HTTP for the command line:
//
//	query := api.RunQuery{States: []run.State{run.Failed}, Paging: api.Paging{Limit: 50}}
//	page, err := server.Runs(ctx, query)
//	query.After = page.Next // "": that was the last page
//	one, err := server.Run(ctx, id) // with tasks, attempts, deliveries, results, journal
//
// Lists: Arrivals, Runs, Deliveries, Journal (a [Page] each), Flows, Executors,
// Peers, Notifications. One thing: Arrival, Run, Flow, Executor, Status, Health,
// Retention, Source, Logs.
// Actions take who asks, as [ActorOf] reads it from a request, and an [Order] that
// [Order.Check] has seen: CancelRun, RetryRun, ResendRun, RerunRun, RerunArrival,
// ReleaseRun, ReleaseArrival, DiscardRun, DiscardArrival, Drain, SwitchFlow, Reload,
// CheckDestination, TestNotify. Each returns how what it was done to is then.
//
// An error is a sentence for the person who asked; [Code] is the HTTP status that it
// stands for. Views hold all text as peers sent it: who shows it escapes it.
//
// Over HTTP it is described in package openapi, to which tests hold the handlers, and
// what changes is told by package events. The package decides nothing, changes nothing
// but through the operator, and puts nothing of patients into URLs, logs and errors.
package api
