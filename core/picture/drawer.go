package picture

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/raddeploy/raddeploy/core/dcm"
	"github.com/raddeploy/raddeploy/core/decompress"
	"github.com/raddeploy/raddeploy/core/internal/isolate"
)

// Drawer has pictures drawn by processes of their own.
type Drawer struct {
	// Room is where objects are decompressed to.
	Room decompress.Room

	turns   chan struct{}
	program string
	timeout time.Duration
}

// mostAtOnce bounds how many pictures are drawn at once, each in a process that may take
// [childMemory]: previews must not take the memory of models, however many processors
// there are.
const mostAtOnce = 2

// NewDrawer returns a drawer. Only two pictures are drawn at once.
func NewDrawer(room decompress.Room) *Drawer {
	// this program as it is, also after another one has been installed over it
	return &Drawer{Room: room, turns: make(chan struct{}, mostAtOnce), program: "/proc/self/exe", timeout: time.Minute}
}

// mostOut bounds a picture, and what an object is decompressed to for one.
const (
	mostOut          = 32 << 20
	mostDecompressed = 1 << 30
)

// CannotError says why there is no picture: what it says is of the object, or of what
// this machine has, and holds no value of the object.
type CannotError struct{ Cause error }

func (e *CannotError) Error() string { return "no picture: " + e.Cause.Error() }

// Unwrap returns the cause.
func (e *CannotError) Unwrap() error { return e.Cause }

// uncompressed are the transfer syntaxes that need no decoder.
var uncompressed = map[dcm.UID]bool{dcm.ImplicitVRLittleEndian: true, dcm.ExplicitVRLittleEndian: true, dcm.ExplicitVRBigEndian: true}

// Missing says why objects in a transfer syntax cannot be drawn on this machine; nil:
// they can be.
func Missing(syntax dcm.UID) error {
	if uncompressed[syntax] {
		return nil
	}
	return decompress.Missing(syntax)
}

// Stored is an object of a picture, as it is stored.
type Stored struct {
	File   *os.File
	Syntax dcm.UID
}

// Draw draws the picture of a job, of the files that [Draw] wants, within a minute
// and until ctx ends. An error about the objects is a [CannotError].
func (d *Drawer) Draw(ctx context.Context, job Job, stored []Stored) ([]byte, error) {
	select {
	case d.turns <- struct{}{}:
		defer func() { <-d.turns }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	limit := fmt.Errorf("it was not drawn within %s", d.timeout)
	ctx, cancel := context.WithTimeoutCause(ctx, d.timeout, &CannotError{limit})
	defer cancel()
	files := make([]*os.File, len(stored))
	for i, s := range stored {
		files[i] = s.File
		if uncompressed[s.Syntax] {
			continue
		}
		raw, err := decompress.File(ctx, s.File, s.Syntax, decompress.Room{Dir: d.Room.Dir, Free: d.free})
		if err != nil {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			return nil, &CannotError{err}
		}
		defer raw.Close()
		files[i] = raw
	}
	return d.run(ctx, job, files)
}

// free is how much an object may be decompressed to.
func (d *Drawer) free() (uint64, error) {
	if d.Room.Free == nil {
		return mostDecompressed, nil
	}
	free, err := d.Room.Free()
	return min(free, mostDecompressed), err
}

// run runs the process.
func (d *Drawer) run(ctx context.Context, job Job, files []*os.File) ([]byte, error) {
	text, err := json.Marshal(job)
	if err != nil {
		return nil, err
	}
	for _, file := range files { // whose place the process has, too
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
	}
	command := exec.CommandContext(ctx, d.program, ChildCommand)
	command.Stdin, command.ExtraFiles, command.Env = bytes.NewReader(text), files, []string{}
	command.WaitDelay = time.Second
	picture, said := &bounded{most: mostOut}, &bounded{most: 500}
	command.Stdout, command.Stderr = picture, said
	if err := isolate.Command(command); err != nil {
		return nil, err
	}
	err = command.Run()
	exit := new(exec.ExitError)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err == nil && !picture.over:
		return picture.all.Bytes(), nil
	case err == nil:
		return nil, &CannotError{errors.New("the picture is too large")}
	case !errors.As(err, &exit):
		return nil, fmt.Errorf("run the process that draws pictures: %w", err)
	case exit.ExitCode() == 1:
		return nil, &CannotError{errors.New(said.line())}
	case said.has("out of memory", "cannot allocate memory", "SIGSEGV"): // the last: for want of a stack
		return nil, &CannotError{fmt.Errorf("it needs more than %d MiB of memory", childMemory>>20)}
	case exit.ExitCode() == 2 && !said.has("fatal error", "panic"):
		return nil, fmt.Errorf("run the process that draws pictures: %s", said.line())
	}
	return nil, &CannotError{fmt.Errorf("the process that draws it ended with %s", exit.ProcessState)}
}

// bounded takes so many bytes and drops the others.
type bounded struct {
	all  bytes.Buffer
	most int
	over bool
}

// Write implements [io.Writer]. It never fails.
func (b *bounded) Write(p []byte) (int, error) {
	fits := min(len(p), b.most-b.all.Len())
	b.over = b.over || fits < len(p)
	b.all.Write(p[:fits])
	return len(p), nil
}

func (b *bounded) has(texts ...string) bool {
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(b.all.String(), text) })
}

// line is the first line of what was said, of printable characters.
func (b *bounded) line() string {
	first, _, _ := strings.Cut(b.all.String(), "\n")
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, first)
}
