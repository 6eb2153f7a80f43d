// Package containerd is the executor for one containerd, on this host.
//
// It is what package engine of the sdk needs of a container engine, and that is
// where an attempt's life is described. A container is here a record, and a task
// while there is a process: created is a record, whose task may wait to be
// started; ended is a task that has, or none whose start was written down.
//
// containerd keeps records and shims, and shims keep processes, their ends and
// their outputs while containerd itself is away. What neither keeps over a
// restart of the host stands in notes in the attempt's folder: that its process
// was started, what connects it to its network. Each is written before what it
// tells is done.
//
// The runtime mounts overlays and folders of the host for the container alone.
// GPUs are changes to the container's specification by CDI, made here, last.
//
// The package must not decide about retries, deadlines or devices: those are
// the agent's. containerd's services are used in internal/api only.
package containerd
