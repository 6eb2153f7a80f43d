// Package handshake holds what an agent and a plugin process must agree on
// before they can speak: the cookie, the version, and the names of the
// environment variables that the agent sets. It holds no behaviour.
package handshake

import plugin "github.com/hashicorp/go-plugin"

// Version is the major version of the contract, as in the package name
// raddeploy.executor.v1.
const Version = 1

// Service is the name under which go-plugin knows the executor.
const Service = "executor"

// MaxMessage is how many bytes one message may have, in either direction. A flow
// has up to 1 MiB as it is stored, and up to six times that where a task's options
// are escaped.
const MaxMessage = 16 << 20

// The environment variables that the agent sets beyond go-plugin's own.
const (
	// EnvLifeline says, when set to "stdin", that the plugin's standard input
	// is a pipe which the agent holds open for as long as it lives.
	EnvLifeline = "RADDEPLOY_PLUGIN_LIFELINE"
	// EnvLogLevel is the least level that the agent wants to read, in hclog's
	// words.
	EnvLogLevel = "RADDEPLOY_PLUGIN_LOG_LEVEL"
)

// Config returns go-plugin's handshake. The cookie is no secret: it tells a
// plugin that it was not started by hand.
func Config() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{
		MagicCookieKey:   "RADDEPLOY_PLUGIN_COOKIE",
		MagicCookieValue: "raddeploy.executor",
	}
}
