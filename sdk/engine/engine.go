package engine

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Engine runs containers, as its author says how. Every method may be called
// from many goroutines at once, and gives up when its context ends. Each call
// asks the engine: nothing has to be remembered between them.
//
// Errors are made with [sdk.Errorf]. [sdk.NotFound] says that the container is
// not there, [sdk.Unavailable] that the engine did not answer, so that it is
// unknown whether the call had an effect: it is made again, without end. Any
// other error of Create and Start is what the engine said about this container,
// and ends the attempt; [sdk.InvalidArgument] says that it goes no better
// elsewhere. Of the other methods any other error counts as Unavailable.
type Engine interface {
	// Look says how the engine is now, within two seconds. It is called every
	// few seconds: what takes long is asked for more rarely. An engine that is
	// not there is told in the answer.
	Look(ctx context.Context) sdk.Fingerprint

	// Check says what of a task the engine cannot do, each with the path of the
	// word, such as ["mem_limit"]. It has no effects. Mounts were checked
	// already. An engine that is away is no reason to complain.
	Check(ctx context.Context, task *sdk.Task) sdk.Diagnostics

	// HasImage tells whether an image is there.
	HasImage(ctx context.Context, image string) (bool, error)

	// Pull fetches an image, and calls sign at every sign of life of its
	// registry, with nil if it does not say how far it is.
	Pull(ctx context.Context, image string, sign func(*sdk.Progress)) error

	// Find returns a container by its name.
	Find(ctx context.Context, name string) (Container, error)

	// Create makes a container and does not start it. [ErrNoImage] says that
	// its image is not there, [ErrExists] that the name is taken, [ErrMounts]
	// that the mounts must be done another way, for which it is asked again.
	Create(ctx context.Context, request *Request) (Container, error)

	// Start starts a container that was created. It may be called again if it
	// is unknown what became of an earlier call. If overlays turn out not to
	// work, the container is made again, with its inputs copied.
	Start(ctx context.Context, c Container) error

	// Wait waits for the end of a container that was started, and tells all
	// that the engine knows of it. Of one that has ended it tells so at once.
	Wait(ctx context.Context, c Container) (End, error)

	// Signal asks a running container to end, by its stop signal, or ends it by
	// force. That it has ended already is no error.
	Signal(ctx context.Context, c Container, force bool) error

	// Remove removes a container that does not run, and everything else that
	// bears its labels. What is not there is no error. Its id may be unknown.
	Remove(ctx context.Context, c Container) error

	// List lists the containers that bear all the labels, and an ended one for
	// each attempt of which something else is left.
	List(ctx context.Context, labels map[string]string) ([]Container, error)

	// Stats tells what a running container has used so far.
	Stats(ctx context.Context, c Container) (sdk.Usage, error)

	// Logs is [sdk.LogReader]'s of a container that was started. It may return
	// before the end that it was asked to follow to: it is called again.
	// [Bytes] makes it of output that can be read from any byte on.
	Logs(ctx context.Context, c Container, request LogRequest, emit func(sdk.LogChunk) error) error
}

// Mounter is implemented by engines that can do more with mounts than to bind
// folders. Without it inputs are copied, on this host.
type Mounter interface {
	// Way says how the engine does the mounts of a task best. On which file
	// systems overlays work is found out for it.
	Way(ctx context.Context, task *sdk.Task) Way
}

// ImageUser is implemented by engines that can tell as whom an image runs, such as
// "1000:1000" or "nobody"; "" is root. Then that user, too, may write to the files
// of its inputs, and not only the one whom a task names.
type ImageUser interface {
	ImageUser(ctx context.Context, image string) (string, error)
}

// Preparer is implemented by engines that have something to do between Create
// and Start that may take long, such as to copy files.
type Preparer interface {
	// Prepare may be done again. It is given up when the attempt is asked to
	// end.
	Prepare(ctx context.Context, c Container) error
}

// Settler is implemented by engines that have something to do after the end of
// a container, such as to copy its outputs to their folders.
type Settler interface {
	// Settle may be done again. The end is told when it returns without an
	// error. Warn tells the operator of what did not work and does no harm.
	Settle(ctx context.Context, c Container, warn func(string)) error
}

// Errors that engines wrap, with what they said behind it:
// fmt.Errorf("%w: %s", engine.ErrNoImage, said).
var (
	ErrNoImage = errors.New("the image is not there")
	ErrExists  = errors.New("there is a container of that name")
	ErrMounts  = errors.New("mounts cannot be done this way")
)

// State is how far a container is.
type State uint8

// The states of a container.
const (
	Created State = iota + 1 // its process has not been started
	Running                  // or paused
	Ended
)

// Container is one container of an engine.
type Container struct {
	Name    string
	ID      string // the engine's own name for it, if it has one
	Labels  map[string]string
	State   State
	Started time.Time // when its process was started, if the engine knows
	// Own is whatever the engine wants to have again of a container that it
	// found or created. It is nil in Remove of one that is not there.
	Own any
}

// End is how a container ended.
type End struct {
	Code      int       // as shells tell it: 128 and the number of a signal
	Started   time.Time // zero if the engine does not know
	Finished  time.Time // zero: now
	Image     string    // the digest of its image
	Usage     sdk.Usage // as far as the engine knows it still
	OOMKilled bool      // a process was killed because the memory was used up
	// Killed is the signal by which somebody else ended it, or 0.
	Killed syscall.Signal
	// Reason is set, with a message, if the engine knows better than the code
	// tells: NodeLost, Vanished, or StartFailed if no process was started.
	Reason  sdk.Reason
	Message string
	Warning string // what the operator should know besides, or ""
}

// LogRequest asks for output, as [sdk.LogRequest].
type LogRequest struct {
	sdk.LogRequest
	Ended <-chan struct{} // closed when the attempt has ended and all its output is there
}

// Settings are what the site and the engine's author say once.
type Settings struct {
	// StopGrace is how long a container that exceeds its time is asked to end
	// before it is ended by force.
	StopGrace time.Duration
	// PullPatience is how long a silent registry is waited for when the image
	// is there. Zero: 3 seconds.
	PullPatience time.Duration
	// PullAgain is how long an image that is there is not asked for after its
	// registry refused it or did not answer.
	PullAgain time.Duration
	// Remote says that the engine is on another host, whose clock may differ.
	Remote bool
	// Node names the host that containers run on. Nil: this one.
	Node func() string
	// Advice is what operators are told to do, in the engine's commands.
	Advice Advice
}

// Advice names commands, such as "docker load". What is empty is not mentioned.
type Advice struct {
	Load  string // that makes an image be there without a registry
	Room  string // that makes room on the engine's disk
	Login string // that writes credentials for registries
	Kill  string // commands by which somebody may end a container, with their verb: "docker stop and docker kill do"
}
