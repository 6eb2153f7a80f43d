package sdk

import (
	"context"
	"time"
)

// Executor runs the tasks of flows on one backend: a container engine, a
// cluster, a host. It is all that a plugin author has to write; [Main] makes a
// plugin process of it. Further abilities are the optional interfaces
// [LogReader], [StatsReader], [Prefetcher] and [ImageFinder]: an executor has
// them by implementing them.
//
// The life of an executor:
//
//  1. The agent launches the plugin process and calls Describe. The answer is
//     constant: it names what the executor can do, and may not depend on the
//     machine.
//  2. Configure is called once, with the site's configuration already decoded
//     into the struct that [Plugin].Config named and checked against its tags.
//  3. Fingerprint is called and streams the health of the backend for as long
//     as the plugin lives.
//  4. For every attempt that an earlier agent left open Recover is called; then
//     tasks come: ValidateTask, Start, Watch, perhaps Logs and Stop, and Remove
//     when the agent has taken over all that the attempt left.
//  5. List tells what the backend holds of ours; the agent removes what it does
//     not know. It is called after each launch as soon as the backend is
//     healthy, perhaps while attempts are recovered, and every hour.
//
// The id of an attempt is the key to everything and is minted by the agent
// before Start. Whatever an executor makes in its backend must bear it (a
// container's name and labels, a job's name), so that each call can be answered
// from the backend alone: the executor keeps no state that matters, and may be
// killed at any moment.
//
// Every method may be called from many goroutines at once. Errors are made with
// [Errorf], so that their kind survives the wire; any other error counts as
// [Unknown]: the call is not made again, and an attempt that it belongs to ends
// as StartFailed, and is tried again after a pause.
type Executor interface {
	// Configure takes the site's configuration. The executor's own struct is
	// already filled; ctx bounds the call only. It must not contact the
	// backend: an absent backend is for Fingerprint to tell.
	Configure(ctx context.Context, site Site) error

	// Fingerprint sends the health of the backend, first within two seconds,
	// then whenever it changes, until ctx ends or emit returns an error. An
	// absent backend is not an error but a Fingerprint with Undetected health.
	Fingerprint(ctx context.Context, emit func(Fingerprint) error) error

	// ValidateTask says what is wrong with a task before it is started, as far
	// as can be told without starting it. Quick, and without effects. No
	// diagnostics: the task can be run here.
	ValidateTask(ctx context.Context, task *Task) (Diagnostics, error)

	// Start begins an attempt and returns as soon as the backend has taken it
	// on: pulling its image or waiting in a queue comes after it, and is seen
	// on Watch. It is idempotent: a second Start of one attempt is the same
	// attempt, whatever its state. The handle is a hint for Recover and may be
	// empty.
	Start(ctx context.Context, task *Task) (Handle, error)

	// Recover makes an attempt that was started by an earlier plugin process
	// known to this one. It is given what Start was given and the handle that
	// Start returned, if the agent lived to record it. If the backend does not
	// know the attempt, the error is [NotFound]: the agent then starts it.
	Recover(ctx context.Context, task *Task, handle Handle) error

	// Watch sends the present state of an attempt, then its progress and
	// changes, then exactly one Exit, and returns nil. When the Exit is sent,
	// every output mount's files are in their source folder. Several watchers
	// may watch one attempt, also after its end. "Cannot tell now" is an error
	// of kind [Unavailable], never an Exit.
	Watch(ctx context.Context, attempt AttemptID, emit func(Event) error) error

	// Stop asks an attempt to end: first gently, after grace by force. It
	// returns when the request is made; the end is seen on Watch, as an Exit
	// with reason Stopped. It may be called again, and the soonest end counts:
	// of all calls and [Task].Timeout, the first moment at which force is due
	// holds, also after a restart of the plugin. Stopping an attempt that has
	// ended is a no-op. Stopping an unknown one returns [NotFound].
	Stop(ctx context.Context, attempt AttemptID, grace time.Duration) error

	// Remove forgets an ended attempt and everything the executor made for it,
	// its logs too, but not the files in the mounts. Removing an unknown attempt
	// is a no-op. Removing one that still runs returns [FailedPrecondition].
	Remove(ctx context.Context, attempt AttemptID) error

	// List names the attempts of this agent that the backend holds, in whatever
	// state.
	List(ctx context.Context) ([]Held, error)
}

// Site is what the agent tells an executor about the place where it runs.
type Site struct {
	Name     string // the site's name; List and Remove concern only what bears it
	Instance string // the executor's name at this site, which belongs beside Name in all that it makes
	WorkDir  string // a folder of the executor's own on the agent's host, kept over restarts
	// Roots are the folders on the agent's host that mounts may come from, with
	// symlinks resolved.
	Roots []string
}

// AttemptID names one try at one task: up to 64 characters of a-z, 0-9 and '-',
// unique for ever.
type AttemptID string

// Handle is what Start returns for Recover: the executor's own words, opaque
// to the agent.
type Handle []byte

// Held is one attempt that a backend holds.
type Held struct {
	Attempt AttemptID
	Ended   bool
}

// LogReader is implemented by executors that keep the output of attempts.
type LogReader interface {
	// Logs sends the output of one stream from a cursor on, in order, and
	// returns at its present end or, if asked to follow, when the attempt has
	// ended and all is sent. Each chunk carries the cursor behind it: reading
	// on from there loses nothing and repeats nothing.
	Logs(ctx context.Context, attempt AttemptID, request LogRequest, emit func(LogChunk) error) error
}

// StatsReader is implemented by executors that can tell what a running attempt
// uses.
type StatsReader interface {
	Stats(ctx context.Context, attempt AttemptID) (Usage, error)
}

// Prefetcher is implemented by executors that can fetch images before they are
// needed.
type Prefetcher interface {
	Prefetch(ctx context.Context, image string, emit func(Progress) error) error
}

// ImageFinder is implemented by executors that can tell which images they have.
type ImageFinder interface {
	// HasImage tells whether an image is there, so that a task of it could run
	// without a registry. It fetches nothing and asks no registry. It is asked
	// for the operator's sake: nothing that tasks need follows from it. "Cannot
	// tell now" is an error of kind [Unavailable], and "can never tell of such an
	// image" one of kind [Unimplemented]: registries are then asked.
	HasImage(ctx context.Context, image string) (bool, error)
}

// Stream is one of the two outputs of a task's process.
type Stream uint8

// The two streams, kept apart.
const (
	Stdout Stream = 1
	Stderr Stream = 2
)

// Cursor is a place in one stream of an attempt's output: the executor's own
// words; the zero value is the beginning.
type Cursor string

// LogRequest asks for the output of one stream.
type LogRequest struct {
	Stream Stream
	After  Cursor
	Follow bool
}

// LogChunk is a piece of a stream's output.
type LogChunk struct {
	Time time.Time // when it was written, if the backend knows
	Data []byte    // at most 64 KiB, any bytes
	Next Cursor    // the place behind Data
}
