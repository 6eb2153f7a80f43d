package api

import (
	"encoding/json"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Exit is how an attempt ended, as its executor reports it. What is unknown is left
// out.
type Exit struct {
	// exited, out_of_memory, timed_out, stopped, start_failed, image_unavailable,
	// preempted, node_lost or vanished
	Reason      string     `json:"reason"`
	Code        *int       `json:"code,omitempty"`      // of one that exited
	Signal      int        `json:"signal,omitempty"`    // that ended the process
	Permanent   bool       `json:"permanent,omitempty"` // another try would fail in the same way
	OOMKilled   bool       `json:"oom_killed,omitempty"`
	Message     string     `json:"message,omitempty"`
	Node        string     `json:"node,omitempty"`
	ImageDigest string     `json:"image_digest,omitempty"`
	CPUSeconds  float64    `json:"cpu_seconds,omitempty"`
	MemoryPeak  int64      `json:"memory_peak,omitempty"` // bytes
	Started     *time.Time `json:"started,omitempty"`     // left out if the process never ran
	Finished    *time.Time `json:"finished,omitempty"`
}

// exitWords are the reasons in words.
var exitWords = map[sdk.Reason]string{
	sdk.Exited: "exited", sdk.OutOfMemory: "out_of_memory", sdk.TimedOut: "timed_out", sdk.Stopped: "stopped", sdk.StartFailed: "start_failed",
	sdk.ImageUnavailable: "image_unavailable", sdk.Preempted: "preempted", sdk.NodeLost: "node_lost", sdk.Vanished: "vanished",
}

// exitOf reads an exit as it is stored; nil: there is none, or it is none that this
// version knows.
func exitOf(stored []byte) *Exit {
	var e sdk.Exit
	if len(stored) == 0 || json.Unmarshal(stored, &e) != nil || exitWords[e.Reason] == "" {
		return nil
	}
	shown := &Exit{
		Reason: exitWords[e.Reason], Signal: e.Signal, Permanent: e.Permanent, OOMKilled: e.OOMKilled, Message: e.Message, Node: e.Node,
		ImageDigest: e.ImageDigest, CPUSeconds: e.Usage.CPU.Seconds(), MemoryPeak: e.Usage.MemoryPeak, Started: when(e.Started),
	}
	if e.Reason == sdk.Exited {
		shown.Code = &e.Code
	}
	// A backend that never ran it may say when it gave it up, and not when it began.
	if !e.Started.IsZero() && !e.Finished.Before(e.Started) {
		shown.Finished = when(e.Finished)
	}
	return shown
}
