package picture

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// ChildCommand is the word with which the agent's program is a [Child]: its users know
// nothing of it.
const ChildCommand = "draw-picture"

// confined is the argument of a child that has given up what it does not need.
const confined = "confined"

// What a process may use that draws a picture.
const (
	childMemory  = 640 << 20 // bytes that it may write to
	childSeconds = 20        // of a processor
)

// Child is the process that draws one picture: the job comes in as JSON, files are
// those that it was started with, from descriptor 3 on, and out goes a PNG, or why
// there is none. It returns its exit code: 0 if there is a picture, 1 if the object
// cannot be drawn, 2 if it could not be tried.
func Child(args []string) int {
	if len(args) == 0 || args[0] != confined {
		fmt.Fprintln(os.Stderr, confine()) // it does not return otherwise
		return 2
	}
	return child(os.Stdin, Draw)
}

func child(in io.Reader, draw func(io.Writer, Job, []Sized) error) int {
	var job Job
	if err := json.NewDecoder(io.LimitReader(in, 1<<20)).Decode(&job); err != nil {
		fmt.Fprintln(os.Stderr, "the job cannot be read")
		return 2
	}
	var files []Sized
	for i := range 1 + len(job.Over) {
		file := os.NewFile(uintptr(3+i), "object")
		info, err := file.Stat()
		if err != nil {
			fmt.Fprintln(os.Stderr, "an object is missing")
			return 2
		}
		files = append(files, Sized{file, info.Size()})
	}
	out := bufio.NewWriter(os.Stdout)
	err := draw(out, job, files)
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
