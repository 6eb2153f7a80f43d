package job

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// Why a script says that it ended.
const (
	Exited   = "exited"   // the process ended by itself
	Asked    = "asked"    // it was ended by a signal to the script: see Record.Asked
	Image    = "image"    // the image could not be made available
	Start    = "start"    // the process could not be started, or its files not be moved
	Memory   = "oom"      // the kernel ended the process, or one of its children, for its memory limit
	Requeued = "requeued" // the job was lost and started again
)

// Record is what the script says of the end.
type Record struct {
	Reason   string
	Code     int
	Node     string
	Started  time.Time // zero if the process never ran
	Finished time.Time
	Asked    string // "stop" for a signal from outside, "time" for the attempt's own timeout
	Stdout   int64  // bytes
	Stderr   int64
	CPU      time.Duration
	Digest   string
	Message  string
}

// ReadRecord reads the exit file. It tells whether there is a whole one.
func (f Folder) ReadRecord() (Record, bool) {
	data, err := os.ReadFile(f.Path(ExitFile))
	if err != nil {
		return Record{}, false
	}
	return parseRecord(string(data))
}

func parseRecord(text string) (r Record, whole bool) {
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		value = strings.TrimSpace(value)
		switch name {
		case "reason":
			r.Reason = value
		case "code":
			r.Code, _ = strconv.Atoi(value)
		case "node":
			r.Node = value
		case "started":
			r.Started = nanoseconds(value)
		case "finished":
			r.Finished = nanoseconds(value)
		case "asked":
			r.Asked = value
		case "stdout":
			r.Stdout, _ = strconv.ParseInt(value, 10, 64)
		case "stderr":
			r.Stderr, _ = strconv.ParseInt(value, 10, 64)
		case "cpu":
			r.CPU = cpuTime(value)
		case "digest":
			r.Digest = value
		case "message":
			r.Message = strings.ToValidUTF8(value, "?")
		case "end":
			whole = r.Reason != ""
		}
	}
	return r, whole
}

// Phase is how far a script is.
type Phase struct {
	Word  string // "pulling" or "running"
	Since time.Time
	Node  string
	ID    string // of the job
}

// ReadPhase reads the phase file. It tells whether there is one.
func (f Folder) ReadPhase() (Phase, bool) {
	data, err := os.ReadFile(f.Path(PhaseFile))
	fields := strings.Fields(string(data))
	if err != nil || len(fields) != 4 {
		return Phase{}, false
	}
	return Phase{Word: fields[0], Since: nanoseconds(fields[1]), Node: fields[2], ID: fields[3]}, true
}

func nanoseconds(text string) time.Time {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return time.Time{}
	}
	return time.Unix(0, n)
}

// cpuTime adds up the user's and the system's time of a script's children, as
// bash's times writes them: "0m1.002s 0m0.304s".
func cpuTime(text string) (sum time.Duration) {
	for _, word := range strings.Fields(text) {
		if d, err := time.ParseDuration(strings.ReplaceAll(word, ",", ".")); err == nil {
			sum += d
		}
	}
	return sum
}
