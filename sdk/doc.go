// Package sdk is all that the author of an executor plugin imports. A plugin is
// a program that calls [Main] with a [Plugin]: a name, two structs that
// describe its configuration, and an [Executor].
//
// The package depends on go-plugin, gRPC and the standard library only: neither
// on the agent nor on any container engine.
package sdk
