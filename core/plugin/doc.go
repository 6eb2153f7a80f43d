// Package plugin is the agent's side of its executors. An [Executor] finds one
// plugin's program, launches it, gives it its configuration, and launches it
// again whenever it ends. To its callers it is one executor that is at times
// [sdk.Unavailable].
//
// In come a site's executor block and calls with tasks; out come answers,
// events and the latest health. What a flow may ask for is decided here and
// nowhere else: fields of options that a plugin has marked as guarded pass only
// where the site allows them. The package knows nothing of runs and never
// retries a call.
package plugin
