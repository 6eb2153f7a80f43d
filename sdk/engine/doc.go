// Package engine makes an executor of an engine that runs containers. Its author
// writes an [Engine], a dozen short methods; [New] makes the [sdk.Executor] of
// it that keeps the whole contract: what is checked, an attempt's life and its
// restarts, timeouts, ends and their reasons, images, logs by cursor.
//
//	func main() {
//		config := &Config{}
//		open := func(site sdk.Site) (engine.Engine, engine.Settings, error) {
//			return &podman{config, site}, engine.Settings{StopGrace: 10 * time.Second}, nil
//		}
//		sdk.Main(sdk.Plugin{
//			Name: "podman", Version: "1.0.0", Doc: "Runs tasks in podman.",
//			Config: config, Executor: engine.New("podman", open),
//		})
//	}
//
// An attempt is one container, whose name is [ContainerName] of the attempt and
// whose labels say whose it is. So another plugin process can go on with it at
// any point: whatever is there, there is one next step.
//
//	nothing there   fetch the image if asked to, create the container
//	created         copy the inputs, where they are copied; start it
//	running         wait for its end; stop it when its time is over
//	ended           write down how it ended; settle it; tell how it ended
//
// Before an image is fetched nothing of the attempt can be in the engine. A
// plugin process that is lost meanwhile leaves nothing behind: Recover then
// answers that the attempt is not found, and the agent starts it again.
//
// What an engine does not keep stands in notes in the attempt's folder, which is
// [Folder] and goes away with the attempt: that it was asked to end, what has
// yet to be copied, how it ended. Each is written before what it tells is done.
//
// # Where a rule belongs
//
// A rule that holds for every engine has one home here, and no engine repeats it:
//
//	what a container is asked for: defaults, labels, refusals   request.go
//	how a mount gets into a container                           mounts.go
//	why an attempt ended, and in which words                    exit.go
//	whose fault a start was, by what a runtime said             package startfault
//	which folders may be mounted, and where                     package mounting
//	how an attempt is asked to end                              stop.go
//	when images are fetched, and what to do if they are not     image.go, pulls.go
//
// What only one engine knows, such as its options, is its own: Check, Create.
// What an engine can do beyond [Engine] it says by implementing [Mounter],
// [Preparer] or [Settler].
//
// The package must not decide about retries, deadlines or devices: those are the
// agent's. Package attempts has what executors of other backends share with it.
package engine
