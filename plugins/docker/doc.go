// Package docker is the executor for one Docker engine, on this host or another.
//
// In come tasks, as [sdk.Task]; out go their states, ends, outputs and logs. An
// attempt is one container, named raddeploy-ATTEMPT and labelled with the site,
// the executor's instance, the attempt, and a plan: all that is needed to bring
// it to its end. So another plugin process can go on with it at any point:
// whatever the container's state is, there is one next step.
//
//	nothing there   fetch the image if asked to, create the container
//	created         copy the inputs in, where they are copied; start it
//	running         wait for its end; stop it when its time is over
//	ended           copy the outputs out, where they are copied; tell how it ended
//
// Before an image is fetched nothing of the attempt can be in the engine. A
// plugin process that is lost meanwhile leaves nothing behind: Recover then
// answers that the attempt is not found, the agent starts it again, and the
// engine goes on with the layers it has.
//
// Why a container was ended cannot be written into the engine either: before it
// is told to stop one, the executor notes the reason in a small file in its own
// folder, which goes away with the attempt.
//
// The agent's folders get into a container without copying where the engine
// shares the agent's file system: inputs as the lower layer of an overlay whose
// upper layer is in the attempt's folder, outputs and statics as bind mounts.
// Elsewhere they are streamed through the engine's API into volumes, and out of
// them at the end.
//
// The package must not decide about retries, deadlines or devices: those are
// the agent's. Docker's client library is used in internal/engine only.
package docker
