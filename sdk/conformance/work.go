package conformance

import (
	"fmt"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Work is what a case has a task do: steps, one after the other. A step that
// does not hold ends the work with code 64 and its number, from 0. Work that is
// asked to end by SIGTERM ends with code 143, unless a step says otherwise. It
// can be written as JSON.
type Work []Step

// Step is one step of a [Work]. Which of the fields count is said by Do.
type Step struct {
	Do      Do      `json:"do"`
	Stream  int     `json:"stream,omitempty"`  // 1 standard output, 2 standard error
	Path    string  `json:"path,omitempty"`    // in the container
	To      string  `json:"to,omitempty"`      // in the container
	Name    string  `json:"name,omitempty"`    // of a variable
	Data    []byte  `json:"data,omitempty"`    // any bytes
	Count   int     `json:"count,omitempty"`   // a number, an exit code, a signal, a size in bytes, a user's id
	Seconds float64 `json:"seconds,omitempty"` // how long
}

// Do is what a step does.
type Do string

// What steps do.
const (
	DoPrint Do = "print" // write Data to Stream
	// write the numbers from 1 to Count to Stream, one a line, with Data behind
	// each
	DoCount Do = "count"
	DoSleep Do = "sleep" // wait for Seconds
	DoExit  Do = "exit"  // end with code Count
	DoDie   Do = "die"   // end by signal Count
	DoEat   Do = "eat"   // take Count bytes of memory
	DoDeaf  Do = "deaf"  // from here on SIGTERM does nothing
	// from here on SIGTERM appends Data to the file Path, or writes it to
	// Stream if there is none, and ends with code 0
	DoGentle   Do = "gentle"
	DoAppend   Do = "append"    // append Data to the file Path, which is made if need be
	DoRemove   Do = "remove"    // remove the file Path
	DoMkdir    Do = "mkdir"     // make the folder Path and those above it
	DoCopy     Do = "copy"      // copy the file Path to To
	DoSymlink  Do = "symlink"   // make the symlink Path, which leads to To
	DoChown    Do = "chown"     // give the file Path to user Count, if that is possible
	DoChmod    Do = "chmod"     // give the file or folder Path the mode Count
	DoWantFile Do = "want file" // the file Path must hold Data
	// what is in the folder Path must be Data: names in order of their bytes,
	// one a line
	DoWantNames  Do = "want names"
	DoWantEnv    Do = "want env"    // the variable Name must be Data
	DoWantUnset  Do = "want unset"  // there must be no variable Name
	DoWantFailed Do = "want failed" // appending to the file Path must not be possible
	// write the UUIDs of the GPUs to standard output, one a line; Data is a
	// shell command that does
	DoShowGPUs Do = "show gpus"
)

// firstCode is the exit code of work whose first step does not hold.
const firstCode = 64

// String is the step as a person reads it, such as `want file /input/a`.
func (s Step) String() string {
	text := string(s.Do)
	for _, word := range []string{s.Path, s.To, s.Name} {
		if word != "" {
			text += " " + word
		}
	}
	if s.Data != nil {
		text += fmt.Sprintf(" %.60q", s.Data)
	}
	if s.Count != 0 {
		text += fmt.Sprint(" ", s.Count)
	}
	return text
}

func printed(stream sdk.Stream, text string) Step {
	return Step{Do: DoPrint, Stream: int(stream), Data: []byte(text)}
}

func counted(stream sdk.Stream, to int) Step {
	return Step{Do: DoCount, Stream: int(stream), Count: to}
}

func sleep(d time.Duration) Step      { return Step{Do: DoSleep, Seconds: d.Seconds()} }
func exit(code int) Step              { return Step{Do: DoExit, Count: code} }
func appended(path, text string) Step { return Step{Do: DoAppend, Path: path, Data: []byte(text)} }
func wantFile(path, text string) Step { return Step{Do: DoWantFile, Path: path, Data: []byte(text)} }
func wantNames(path, names string) Step {
	return Step{Do: DoWantNames, Path: path, Data: []byte(names)}
}
func wantFailed(path, text string) Step {
	return Step{Do: DoWantFailed, Path: path, Data: []byte(text)}
}
func wantEnv(name, value string) Step { return Step{Do: DoWantEnv, Name: name, Data: []byte(value)} }
