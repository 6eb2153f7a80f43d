// Package containerd is the executor for one containerd, on this host.
//
// In come tasks, as [sdk.Task]; out go their states, ends, outputs and logs. An
// attempt is one container in a namespace of containerd, labelled with the
// site, the executor's instance and the attempt, with a plan in its record: all
// that is needed to bring it to its end. So another plugin process can go on
// with it at any point: whatever there is, there is one next step.
//
//	nothing there        fetch the image if asked to, make the container's files and record
//	a record             copy the inputs, where they are copied; make the process
//	a waiting process    connect it to its network, start it
//	a running process    wait for its end; stop it when its time is over
//	an ended process     note how it ended, with what its control group counted
//	a note of the end    settle: end the shim, free the network; tell how it ended
//
// containerd keeps records and shims, and shims keep processes, their ends and
// their outputs while containerd itself is away. What neither keeps over a
// restart of the host stands in small files in the attempt's folder: that its
// process was started, that it was asked to end, how it ended. Each is written
// before what it tells is done.
//
// Before an image is fetched nothing of the attempt can be in containerd. A
// plugin process that is lost meanwhile leaves nothing behind: Recover then
// answers that the attempt is not found, the agent starts it again, and what
// was fetched already is not fetched twice.
//
// Inputs are the lower layer of an overlay that the runtime mounts for the
// container alone, with its upper layer in the attempt's folder, or else
// copies; outputs and statics are bind mounts. GPUs are changes to the
// container's specification by CDI, made here, last.
//
// The package must not decide about retries, deadlines or devices: those are
// the agent's. containerd's services are used in internal/engine only.
package containerd
