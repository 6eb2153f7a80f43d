// Package executorv1 is the wire form of the executor contract, generated from
// executor.proto by `make proto`. Plugin authors do not need it: package sdk
// serves and calls it with its own types. The meaning of every call is on
// sdk.Executor, and the versioning policy heads executor.proto.
package executorv1
