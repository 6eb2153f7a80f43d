package sdk

import "time"

// Event is one message of Watch: exactly one of its fields is set.
type Event struct {
	State    State
	Progress *Progress
	Warning  string
	// Waiting is why a Queued attempt has not begun, in the backend's words and
	// for people. It can be sent again with other words.
	Waiting string
	Exit    *Exit
}

// State is how far an attempt is. It only grows.
type State uint8

// The states of an attempt that has not ended.
const (
	Queued   State = iota + 1 // taken on by the backend, which has not begun
	Pulling                   // its image is being fetched
	Starting                  // its container is being made
	Running                   // its process runs
)

// Progress tells how far a long step is, such as the fetching of an image.
// Total is 0 while unknown.
type Progress struct {
	What  string
	Done  int64 // bytes
	Total int64 // bytes
}

// Exit is the end of an attempt. Only a process that ended by itself has Reason
// Exited; success is Exited with code 0.
type Exit struct {
	Reason Reason
	Code   int
	Signal int // the signal that ended the process, or 0
	// Permanent says of StartFailed that another try would fail the same way
	// anywhere: the task is wrong, such as a program or a user that its image does
	// not have, and not the backend.
	Permanent bool
	// OOMKilled says that the kernel killed a process of the attempt because its
	// memory was used up, also where the attempt ended with code 0: a program that
	// does not look after its children may have written half of its results. The
	// agent decides what that means.
	OOMKilled   bool
	Message     string // for the operator: what happened and what to do; no data of patients
	Node        string // where it ran
	ImageDigest string // of the image that was run, such as "sha256:…"
	Usage       Usage
	Started     time.Time // zero if the process never ran
	Finished    time.Time
}

// Succeeded reports whether the process ended by itself with code 0.
func (e *Exit) Succeeded() bool { return e.Reason == Exited && e.Code == 0 }

// Reason says why an attempt ended. It decides whether there is another try, and
// what pays for it.
type Reason uint8

// The reasons.
const (
	Exited           Reason = iota + 1 // the process ended, with Code or Signal
	OutOfMemory                        // the kernel killed it for its memory limit
	TimedOut                           // the executor's backstop ended it
	Stopped                            // Stop was called, or somebody else ended it on purpose
	StartFailed                        // the container could not be made or started
	ImageUnavailable                   // the image is not there and could not be fetched
	Preempted                          // the cluster took the node back
	NodeLost                           // the node it ran on is gone
	// the backend no longer knows it; how it ended is unknown
	Vanished
)

// Usage is what an attempt used.
type Usage struct {
	CPU        time.Duration
	MemoryPeak int64 // bytes
}

// Health is the state of a backend.
type Health uint8

// The healths.
const (
	Undetected Health = iota + 1 // there is no backend here; the message says what to do
	Unhealthy                    // there is one, and it does not work now
	Healthy
)

// Fingerprint is what a backend is like at this moment.
type Fingerprint struct {
	Health  Health
	Message string // for the operator
	Backend string // name and version, such as "docker 20.10.24"
	// Local executors share the host's CPU slots and GPUs with each other; the
	// others have Slots of their own.
	Local bool
	// Slots caps how many attempts the agent hands over at once, of a Local
	// executor too; further tasks wait in the agent. 0: as many as the site
	// says. Leave it 0 if the backend queues by itself: the time that an
	// attempt is Queued does not count against its timeout.
	Slots int
	GPUs  []Device
	// ClusterGPUs is how many GPUs one task can be given at most by a backend
	// that assigns them itself. The agent leases none of these, and says in
	// [Task].GPUCount how many a task wants. 0: there are none, or they are in
	// GPUs.
	ClusterGPUs int
	// Attributes are facts worth showing, such as "cgroup" = "v2".
	Attributes map[string]string
}
