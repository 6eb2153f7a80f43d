// Package docker is the executor for one Docker engine, on this host or another.
//
// It is what package engine of the sdk needs of a container engine, and that is
// where an attempt's life is described. Here are the engine's words: what a
// container is made of, how it ended, its images and its logs.
//
// Where the engine shares the agent's file system, inputs are the lower layers
// of overlays, and outputs and statics are bind mounts. Elsewhere they are
// streamed through the engine's API into volumes, and out of them at the end;
// what is to be streamed stands in a label of the container, its plan, so that
// another plugin process can go on with it.
//
// The package must not decide about retries, deadlines or devices: those are
// the agent's. Docker's client library is used in internal/api only.
package docker
