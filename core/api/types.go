package api

import (
	"encoding/json"
	"time"

	"github.com/raddeploy/raddeploy/core/run"
)

// Arrival is an arrival as the interface shows it.
type Arrival struct {
	ID        run.ArrivalID    `json:"id"`
	State     run.ArrivalState `json:"state"`
	CallingAE string           `json:"calling_ae"`
	CalledAE  string           `json:"called_ae"`
	Address   string           `json:"address"`
	Objects   int              `json:"objects"`
	Instances int              `json:"instances"` // SOP instances that they are: the last object of each counts
	Bytes     int64            `json:"bytes"`
	Opened    time.Time        `json:"opened"`
	Completed *time.Time       `json:"completed,omitempty"`
	Reason    string           `json:"reason,omitempty"`
	// how a series or study became complete, and what is odd about any arrival
	Completion string `json:"completion,omitempty"`
	// The next are of arrivals of a series or study only.
	On       string        `json:"on,omitempty"`        // "series" or "study"
	UID      string        `json:"uid,omitempty"`       // Series or Study Instance UID; "": its objects name none
	Revision int           `json:"revision,omitempty"`  // from 1
	Previous run.ArrivalID `json:"previous,omitempty"`  // the revision that its objects were late for
	Senders  []Sender      `json:"senders,omitempty"`   // all that sent to it
	WaitsFor []string      `json:"waits_for,omitempty"` // while it is receiving

	// NotAccepted are the abstract syntaxes that its associations proposed in vain.
	NotAccepted []string `json:"not_accepted,omitempty"`

	// Commitments are the requests for storage commitment to objects of it; of one
	// arrival only.
	Commitments []Commitment    `json:"commitments,omitempty"`
	Runs        []Run           `json:"runs,omitempty"`        // of one arrival only
	Journal     []Entry         `json:"journal,omitempty"`     // of one arrival only: what operators did to it
	Explanation json.RawMessage `json:"explanation,omitempty"` // of one arrival only: why each flow did or did not trigger

	FilesRemoved *time.Time `json:"files_removed,omitempty"` // of its objects
}

// Sender is a peer that sent to an arrival.
type Sender struct {
	CallingAE string `json:"calling_ae"`
	CalledAE  string `json:"called_ae"`
	Address   string `json:"address"`
}

// Run is a run as the interface shows it.
type Run struct {
	ID         run.ID        `json:"id"`
	State      run.State     `json:"state"`
	Arrival    run.ArrivalID `json:"arrival"`
	Flow       string        `json:"flow"`
	Version    string        `json:"version"`
	Digest     string        `json:"digest"` // of the flow as it was when the run was created
	Priority   int           `json:"priority"`
	Objects    int           `json:"objects"`
	CallingAE  string        `json:"calling_ae"`
	Patient    string        `json:"patient"` // the first four characters of the id, and initials
	Reason     string        `json:"reason,omitempty"`
	Received   *time.Time    `json:"received,omitempty"`
	Created    time.Time     `json:"created"`
	Dispatched *time.Time    `json:"dispatched,omitempty"`
	Finished   *time.Time    `json:"finished,omitempty"`
	Sent       *time.Time    `json:"sent,omitempty"`
	Tasks      []Task        `json:"tasks,omitempty"`      // of one run only
	Deliveries []Delivery    `json:"deliveries,omitempty"` // of one run only
	Journal    []Entry       `json:"journal,omitempty"`    // of one run only: what operators did to it
	// Definition is the flow as it was when the run was created, in the words of a flow
	// file and with its defaults; of one run only.
	Definition json.RawMessage `json:"definition,omitempty"`

	// FilesRemoved and LogsRemoved are when its inputs and outputs, and what its
	// tasks printed, were removed.
	FilesRemoved *time.Time `json:"files_removed,omitempty"`
	LogsRemoved  *time.Time `json:"logs_removed,omitempty"`
}

// Task is one model of a run.
type Task struct {
	Index    int           `json:"index"`
	Name     string        `json:"name"`
	State    run.TaskState `json:"state"`
	Reason   string        `json:"reason,omitempty"`
	NextTry  *time.Time    `json:"next_try,omitempty"` // of a pending task that infrastructure failed
	Attempts []Attempt     `json:"attempts"`
}

// Attempt is one try at a task.
type Attempt struct {
	ID       run.AttemptID    `json:"id"`
	State    run.AttemptState `json:"state"`
	Number   int              `json:"number"`
	Executor string           `json:"executor"`
	GPUs     []string         `json:"gpus,omitempty"`
	Doing    string           `json:"doing,omitempty"` // at this moment
	Reason   string           `json:"reason,omitempty"`
	Exit     *Exit            `json:"exit,omitempty"`
	Started  *time.Time       `json:"started,omitempty"`
	Ended    *time.Time       `json:"ended,omitempty"`
	// RanOn is what one that has ended ran on, and Warnings what is to be known
	// about it.
	RanOn    *RanOn   `json:"ran_on,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// RanOn is what an attempt ran on and used. What is unknown is left out.
type RanOn struct {
	Image         string   `json:"image"` // the reference, as the flow has it
	Digest        string   `json:"image_digest,omitempty"`
	Plugin        string   `json:"plugin,omitempty"`
	PluginVersion string   `json:"plugin_version,omitempty"`
	Node          string   `json:"node,omitempty"`
	Devices       []string `json:"devices,omitempty"`
	CPUSeconds    float64  `json:"cpu_seconds,omitempty"`
	MemoryPeak    int64    `json:"memory_peak,omitempty"` // bytes
}

// Delivery is the sending of a run's results to one destination.
type Delivery struct {
	ID          int64             `json:"id"`
	Run         run.ID            `json:"run"`
	State       run.DeliveryState `json:"state"`
	Destination string            `json:"destination"`
	Host        string            `json:"host"`
	Port        int               `json:"port"`
	AETitle     string            `json:"ae_title"`
	Tries       int               `json:"tries"`
	Objects     int               `json:"objects"`
	Sent        int               `json:"sent"`
	// Committed is how many objects the destination committed to, and Asks how often
	// it was asked to.
	Committed int        `json:"committed,omitempty"`
	Asks      int        `json:"commitment_asks,omitempty"`
	NextTry   *time.Time `json:"next_try,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	// Superseded is set of one that does not count any more: its run was tried or
	// sent again since.
	Superseded bool     `json:"superseded,omitempty"`
	Results    []Result `json:"results"`
}

// Result is what became of one file of a delivery.
type Result struct {
	File           string          `json:"file"`
	SOPClassUID    string          `json:"sop_class_uid,omitempty"`
	SOPInstanceUID string          `json:"sop_instance_uid,omitempty"`
	State          run.ObjectState `json:"state"`
	Status         *uint16         `json:"status,omitempty"` // of the C-STORE response; left out: there was none
	Reason         string          `json:"reason,omitempty"`
}

// LogLine is one piece of what a task printed.
type LogLine struct {
	Time    time.Time     `json:"time"`
	Task    string        `json:"task"`
	Attempt run.AttemptID `json:"attempt"`
	Stream  string        `json:"stream"` // "stdout" or "stderr"
	Data    []byte        `json:"data"`
}

// when is a time for JSON: nil for not yet.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
