package fake

import (
	"cmp"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Step is one step of what an attempt does: those of the conformance suite's
// Work, whose JSON it reads. What a step means is said there.
type Step struct {
	Do      string  `raddeploy:"do" required:"true" doc:"what is done"`
	Stream  int     `raddeploy:"stream" doc:"1 standard output, 2 standard error"`
	Path    string  `raddeploy:"path" doc:"a path in the container"`
	To      string  `raddeploy:"to" doc:"another"`
	Name    string  `raddeploy:"name" doc:"of a variable"`
	Data    string  `raddeploy:"data" doc:"any bytes, as base64"`
	Count   int     `raddeploy:"count" doc:"a number"`
	Seconds float64 `raddeploy:"seconds" doc:"how long"`
}

// played is what comes of an attempt's steps when nothing comes between. Times
// are counted from the start of its process.
type played struct {
	Output []written
	Traps  []trap
	Lasts  time.Duration
	Exit   sdk.Exit // its reason, code, signal and message
}

// written is one write to a stream.
type written struct {
	At     time.Duration
	Stream sdk.Stream
	Data   []byte
	Count  int // if not 0: the numbers from 1 to Count, with Data behind each
}

// trap is what SIGTERM does from a moment on: nothing, or what the step says.
type trap struct {
	From   time.Duration
	Deaf   bool
	Path   string // what Data is appended to; "": it is written to Stream
	Stream sdk.Stream
	Data   []byte
}

const firstCode = 64 // the exit code of a first step that does not hold

// play does the steps of an attempt up to a moment, on copies of its mounts.
func (s *stage) play(steps []Step, until time.Duration) (played, error) {
	p := played{Exit: sdk.Exit{Reason: sdk.Exited}}
	for i, step := range steps {
		if p.Lasts > until {
			return p, nil
		}
		data, err := base64.StdEncoding.DecodeString(step.Data)
		if err != nil {
			return p, err
		}
		switch step.Do {
		case "sleep":
			p.Lasts += time.Duration(step.Seconds * float64(time.Second))
		case "exit":
			p.Exit.Code = step.Count
			return p, nil
		case "die":
			p.Exit.Code, p.Exit.Signal = 128+step.Count, step.Count
			return p, nil
		case "eat":
			if limit := s.task.Resources.Memory; limit > 0 && int64(step.Count) > limit {
				p.Exit = sdk.Exit{Reason: sdk.OutOfMemory, Code: 128 + 9, Signal: 9, Message: "it used more than its memory"}
				return p, nil
			}
		case "print":
			p.Output = append(p.Output, written{At: p.Lasts, Stream: sdk.Stream(step.Stream), Data: data})
		case "count":
			p.Output = append(p.Output, written{At: p.Lasts, Stream: sdk.Stream(step.Stream), Data: data, Count: step.Count})
		case "show gpus":
			var uuids []byte
			for _, gpu := range s.task.GPUs {
				uuids = append(uuids, cmp.Or(gpu.UUID, "number-"+gpu.Index)+"\n"...)
			}
			p.Output = append(p.Output, written{At: p.Lasts, Stream: sdk.Stdout, Data: uuids})
		case "deaf", "gentle":
			p.Traps = append(p.Traps, trap{p.Lasts, step.Do == "deaf", step.Path, sdk.Stream(step.Stream), data})
		default:
			holds, err := s.file(step, data)
			if err != nil {
				return p, err
			}
			if !holds {
				p.Exit.Code = firstCode + i
				return p, nil
			}
		}
	}
	return p, nil
}

// trap is what SIGTERM does at a moment. False: it ends the process.
func (p played) trap(at time.Duration) (last trap, ok bool) {
	for _, t := range p.Traps {
		if t.From <= at {
			last, ok = t, true
		}
	}
	return last, ok
}

// output is what a stream holds at a moment.
func (p played) output(stream sdk.Stream, until time.Duration) (output []byte) {
	for _, w := range p.Output {
		if w.Stream != stream || w.At > until {
			continue
		}
		if w.Count == 0 {
			output = append(output, w.Data...)
			continue
		}
		output = slices.Grow(output, (7+len(w.Data))*w.Count)
		for i := 1; i <= w.Count; i++ {
			output = append(append(strconv.AppendInt(output, int64(i), 10), w.Data...), '\n')
		}
	}
	return output
}

// stage is where an attempt's steps are done: a folder with a copy of each mount.
type stage struct {
	folder string
	task   sdk.Task
	broken string
}

// stage makes the copies.
func (b Backend) stage(r record) (*stage, error) {
	folder, err := os.MkdirTemp(b.path(r.Task.Attempt), ".stage-")
	if err != nil {
		return nil, err
	}
	s := &stage{folder: folder, task: r.Task, broken: b.broken}
	if err := os.Mkdir(filepath.Join(folder, "root"), 0o755); err != nil {
		return nil, err
	}
	for i, mount := range r.Task.Mounts {
		copied := s.mount(i)
		if err := os.MkdirAll(copied, 0o755); err != nil {
			return nil, err
		}
		switch {
		case mount.Role == sdk.Input && b.breaks("inputs are empty"):
		case mount.Role == sdk.Input || mount.Role == sdk.Static:
			if err := copyTree(copied, mount.Source); err != nil {
				return nil, err
			}
		case mount.Role == sdk.Output && b.breaks("outputs start with something"):
			if err := os.WriteFile(filepath.Join(copied, "left"), nil, 0o644); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

func (s *stage) close() error { return os.RemoveAll(s.folder) }

func (s *stage) mount(i int) string {
	mount := s.task.Mounts[i]
	switch {
	case s.broken == "inputs are the sources" && mount.Role == sdk.Input:
		return mount.Source
	case s.broken == "inputs are shared" && mount.Role == sdk.Input:
		// by the attempts of one source
		return filepath.Join(filepath.Dir(filepath.Dir(s.folder)), ".shared", filepath.Base(mount.Source))
	case s.broken == "scratch is kept" && mount.Role == sdk.Scratch:
		return filepath.Join(filepath.Dir(filepath.Dir(s.folder)), ".scratch")
	}
	return filepath.Join(s.folder, "mount-"+strconv.Itoa(i))
}

// resolve finds a path of the container in the copies, and tells whether it may
// be written to.
func (s *stage) resolve(path string) (resolved string, writable bool) {
	resolved, writable = filepath.Join(s.folder, "root", path), true
	deepest := -1
	for i, mount := range s.task.Mounts {
		if rest, ok := strings.CutPrefix(path, mount.Target); ok && len(mount.Target) > deepest && (rest == "" || rest[0] == '/') {
			deepest = len(mount.Target)
			resolved, writable = filepath.Join(s.mount(i), rest), s.writable(mount.Role)
		}
	}
	return resolved, writable
}

func (s *stage) writable(role sdk.Role) bool {
	switch role {
	case sdk.Input:
		return s.broken != "inputs are read-only"
	case sdk.Static:
		return s.broken == "statics are writable"
	}
	return true
}

// file does a step on a file, and tells whether it holds.
func (s *stage) file(step Step, data []byte) (holds bool, err error) {
	path, writable := s.resolve(step.Path)
	switch step.Do {
	case "append":
		return writable && appendTo(path, data) == nil, nil
	case "remove":
		return writable && os.Remove(path) == nil, nil
	case "mkdir":
		return writable && os.MkdirAll(path, 0o755) == nil, nil
	case "copy":
		text, err := os.ReadFile(path)
		to, writable := s.resolve(step.To)
		return err == nil && writable && os.WriteFile(to, text, 0o644) == nil, nil
	case "symlink":
		return writable && os.Symlink(step.To, path) == nil, nil
	case "chown":
		return writable && (os.Geteuid() != 0 || os.Lchown(path, step.Count, -1) == nil), nil
	case "chmod":
		return writable && os.Chmod(path, os.FileMode(step.Count)) == nil, nil
	case "want file":
		text, err := os.ReadFile(path)
		return err == nil && string(text) == string(data), nil
	case "want names":
		entries, err := os.ReadDir(path)
		names := ""
		for _, entry := range entries {
			names += entry.Name() + "\n"
		}
		return err == nil && names == string(data), nil
	case "want env":
		return slices.ContainsFunc(s.task.Container.Env, func(v sdk.EnvVar) bool { return v.Name == step.Name && v.Value == string(data) }), nil
	case "want unset":
		// whatever the agent's plugins have, the plan's attempts have not
		return s.broken != "environment is inherited", nil
	case "want failed":
		return !writable || appendTo(path, data) != nil, nil
	}
	return false, sdk.Errorf(sdk.InvalidArgument, "the plan has a step %q, which is not known", step.Do)
}

func appendTo(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}
