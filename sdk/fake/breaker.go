package fake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// breaker is an executor that breaks the promise that its configuration names.
// Those that are about how an attempt goes are broken where that is worked out,
// in the Backend.
type breaker struct {
	*Executor

	mu       sync.Mutex
	mine     map[sdk.AttemptID]int // how often this process was asked to start it
	starting map[sdk.AttemptID]int // how many Starts are under way
	told     map[sdk.AttemptID]sdk.State
	watched  map[sdk.AttemptID]bool // by a Watch of this process
	watchers int
}

func newBreaker(e *Executor) *breaker {
	return &breaker{Executor: e, mine: map[sdk.AttemptID]int{}, starting: map[sdk.AttemptID]int{}, told: map[sdk.AttemptID]sdk.State{}, watched: map[sdk.AttemptID]bool{}}
}

func (b *breaker) breaks(promise string) bool { return b.config.Broken == promise }

func (b *breaker) Configure(ctx context.Context, site sdk.Site) error {
	if b.breaks("configure needs the backend") && b.config.Absent {
		return sdk.Errorf(sdk.Unavailable, "the backend is absent")
	}
	return b.Executor.Configure(ctx, site)
}

func (b *breaker) Fingerprint(ctx context.Context, emit func(sdk.Fingerprint) error) error {
	if b.breaks("fingerprint is late") {
		if err := pause(ctx, tooLong); err != nil {
			return err
		}
	}
	ends := errors.New("it ends")
	err := b.Executor.Fingerprint(ctx, func(f sdk.Fingerprint) error {
		switch {
		case b.breaks("fingerprint has no backend"):
			f.Backend = ""
		case b.breaks("absent is healthy"):
			f.Health = sdk.Healthy
		}
		if err := emit(f); err != nil || !b.breaks("fingerprint ends") {
			return err
		}
		return ends
	})
	if err == ends {
		return nil
	}
	return err
}

func (b *breaker) ValidateTask(ctx context.Context, task *sdk.Task) (sdk.Diagnostics, error) {
	if b.breaks("validate starts") {
		if _, err := b.Executor.Start(ctx, task); err != nil {
			return nil, err
		}
	}
	return b.Executor.ValidateTask(ctx, task)
}

func (b *breaker) Start(ctx context.Context, task *sdk.Task) (sdk.Handle, error) {
	b.mu.Lock()
	others, watched := b.starting[task.Attempt], b.watched[task.Attempt]
	b.mine[task.Attempt]++
	b.starting[task.Attempt]++
	crowd := 0
	for _, starts := range b.starting {
		crowd += starts
	}
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.starting[task.Attempt]--; b.starting[task.Attempt] == 0 {
			delete(b.starting, task.Attempt)
		}
	}()
	s, err := b.conclude(task.Attempt)
	known, ended := err == nil, err == nil && s.exit != nil
	b.mu.Lock()
	// asked for after what is there: another Start at the same moment may have
	// made it
	mine := b.mine[task.Attempt] > 1
	b.mu.Unlock()
	switch {
	case b.breaks("start is refused the second time") && (known || others > 0):
		return nil, sdk.Errorf(sdk.FailedPrecondition, "it is there")
	case b.breaks("start is not for many at once"):
		if others > 0 {
			return nil, sdk.Errorf(sdk.Unavailable, "somebody else is starting it")
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return nil, err
		}
	case b.breaks("crowds are refused"):
		if crowd > 40 {
			return nil, sdk.Errorf(sdk.ResourceExhausted, "too many at once")
		}
		if err := pause(ctx, time.Second); err != nil {
			return nil, err
		}
	case b.breaks("start of the running runs again") && known && !ended && (watched || !mine),
		// not of many at the same moment
		b.breaks("start of the ended runs again") && ended,
		b.breaks("start of another process's runs again") && known && !mine,
		b.breaks("start that is cut off runs again") && known && !mine && b.backend().has(task.Attempt, "starting"):
		if err := b.rerun(s); err != nil {
			return nil, err
		}
	}
	changed := *task
	b.change(&changed)
	handle, err := b.Executor.Start(ctx, &changed)
	switch {
	case b.breaks("start that is cut off runs again") && err == nil && !known:
		if err := b.linger(ctx, task.Attempt); err != nil {
			return nil, err
		}
	case b.breaks("start waits for the end"), b.breaks("start waits for the image") && strings.HasSuffix(task.Container.Image, silentImage):
		inner, cancel := context.WithTimeout(ctx, tooLong)
		defer cancel()
		_ = b.Executor.Watch(inner, task.Attempt, func(sdk.Event) error { return nil })
	}
	return handle, err
}

// linger has a Start take long, and leaves a mark if it does not come to its
// end. Of several at the same moment the first to end takes the mark away.
func (b *breaker) linger(ctx context.Context, attempt sdk.AttemptID) error {
	if _, err := b.backend().write(attempt, "starting", mark{At: time.Now()}); err != nil {
		return err
	}
	if err := pause(ctx, time.Second); err != nil {
		return err
	}
	return b.unwrite(attempt, "starting")
}

// rerun has an attempt's process run again.
func (b *breaker) rerun(s situation) error {
	again, attempt := s.record, s.record.Task.Attempt
	again.Accepted = time.Now()
	again.Plan.Steps = append(again.Plan.Steps, again.Plan.Steps...)
	return errors.Join(b.backend().replace(attempt, "started", again), b.unwrite(attempt, "played"), b.unwrite(attempt, "ended"))
}

// unwrite takes back what was noted of an attempt, if it was.
func (b *breaker) unwrite(attempt sdk.AttemptID, fact string) error {
	if err := os.Remove(b.backend().path(attempt, fact)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// change has a task ask for something else than it does.
func (b *breaker) change(task *sdk.Task) {
	task.Container.Env = append([]sdk.EnvVar{}, task.Container.Env...)
	task.Mounts = append([]sdk.Mount{}, task.Mounts...)
	switch b.config.Broken {
	case "environment is cut at line ends":
		for i, v := range task.Container.Env {
			task.Container.Env[i].Value, _, _ = strings.Cut(v.Value, "\n")
		}
	case "memory has no limit":
		task.Resources.Memory = 0
	case "missing images run":
		task.Container.Image = strings.Replace(task.Container.Image, missingImage, "", 1)
	case "deadline is not kept":
		task.Timeout = 0
	case "all GPUs are seen":
		task.GPUs = nil
		for i, uuid := range b.config.GPUs {
			task.GPUs = append(task.GPUs, sdk.Device{Index: strconv.Itoa(i), UUID: uuid})
		}
	case "no GPUs are seen":
		task.GPUs = nil
	}
}

func (b *breaker) Recover(ctx context.Context, task *sdk.Task, handle sdk.Handle) error {
	switch {
	case b.breaks("recover knows everything"):
		return nil
	case b.breaks("recover forgets"), b.breaks("recover needs the handle") && handle == nil:
		return sdk.Errorf(sdk.NotFound, "it is not known")
	case b.breaks("recover reads the handle") && handle != nil && !strings.HasPrefix(string(handle), "fake:"):
		return sdk.Errorf(sdk.InvalidArgument, "%q is no handle", handle)
	}
	if err := b.Executor.Recover(ctx, task, handle); err != nil {
		return err
	}
	switch {
	case b.breaks("deadline is lost by recover"):
		found, err := b.backend().record(task.Attempt)
		if err != nil {
			return err
		}
		found.Task.Timeout = 0
		return b.backend().replace(task.Attempt, "started", found)
	case b.breaks("what ended meanwhile has vanished"):
		var ended sdk.Exit
		if s, err := b.backend().situation(task.Attempt, time.Now()); err == nil && s.exit != nil {
			if noted, _ := b.backend().read(task.Attempt, "ended", &ended); !noted {
				return b.backend().replace(task.Attempt, "ended", sdk.Exit{Reason: sdk.Vanished, Finished: time.Now()})
			}
		}
	}
	return nil
}

func (b *breaker) Stop(ctx context.Context, attempt sdk.AttemptID, grace time.Duration) error {
	s, err := b.conclude(attempt)
	b.mu.Lock()
	mine := b.mine[attempt] > 0
	b.mu.Unlock()
	switch {
	case b.breaks("stop of the unknown is fine") && sdk.KindOf(err) == sdk.NotFound:
		return nil
	case b.breaks("stop of the ended fails") && err == nil && s.exit != nil:
		return sdk.Errorf(sdk.FailedPrecondition, "it has ended")
	case b.breaks("what was recovered cannot be stopped") && !mine:
		return sdk.Errorf(sdk.FailedPrecondition, "it was started by somebody else")
	case b.breaks("a second stop prolongs") && err == nil && s.exit == nil:
		return b.backend().replace(attempt, "stop", mark{At: time.Now(), Grace: grace})
	case b.breaks("a second stop is nothing"):
		if asked, err := b.backend().read(attempt, "stop", new(mark)); asked || err != nil {
			return err
		}
	}
	err = b.Executor.Stop(ctx, attempt, grace)
	if b.breaks("stop waits for the end") && err == nil {
		return b.Executor.Watch(ctx, attempt, func(sdk.Event) error { return nil })
	}
	return err
}

func (b *breaker) Remove(ctx context.Context, attempt sdk.AttemptID) error {
	switch s, err := b.conclude(attempt); {
	case b.breaks("remove of the unknown fails") && sdk.KindOf(err) == sdk.NotFound:
		return err
	case err != nil:
	case b.breaks("remove keeps") && s.exit != nil, b.breaks("remove of what is fetched leaks") && s.exit == nil && s.state == sdk.Pulling:
		return nil
	case b.breaks("remove kills") && s.exit == nil, b.breaks("remove takes others'") && s.exit != nil:
		return b.remove(attempt)
	case b.breaks("remove deletes outputs") && s.exit != nil:
		for _, mount := range s.record.Task.Mounts {
			files, _ := filepath.Glob(filepath.Join(mount.Source, "*"))
			for _, file := range files {
				if mount.Role == sdk.Output {
					_ = os.RemoveAll(file)
				}
			}
		}
	}
	return b.Executor.Remove(ctx, attempt)
}

func (b *breaker) List(ctx context.Context) (held []sdk.Held, err error) {
	if b.breaks("what cannot be told is not listed") && b.stalled() {
		return nil, nil
	}
	all, err := b.Executor.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		switch {
		case b.breaks("list forgets the ended") && one.Ended:
			continue
		case b.breaks("list takes all for running"):
			one.Ended = false
		}
		held = append(held, one)
	}
	if b.breaks("list tells others'") {
		attempts, err := b.backend().Attempts()
		if err != nil {
			return nil, err
		}
		held = nil
		for _, attempt := range attempts {
			held = append(held, sdk.Held{Attempt: attempt})
		}
	}
	return held, nil
}

func (b *breaker) Stats(ctx context.Context, attempt sdk.AttemptID) (sdk.Usage, error) {
	usage, err := b.Executor.Stats(ctx, attempt)
	if b.breaks("stats are empty") || b.breaks("stats of the unknown are empty") && sdk.KindOf(err) == sdk.NotFound {
		return sdk.Usage{}, nil
	}
	return usage, err
}

func (b *breaker) Prefetch(ctx context.Context, image string, emit func(sdk.Progress) error) error {
	switch {
	case b.breaks("prefetch fails"):
		return fmt.Errorf("prefetch %s: broken, as asked", image)
	case b.breaks("prefetch finds everything"):
		return nil
	}
	return b.Executor.Prefetch(ctx, image, emit)
}

func (b *breaker) HasImage(ctx context.Context, image string) (bool, error) {
	switch {
	case b.breaks("images are never there"):
		return false, nil
	case b.breaks("every image is there"):
		return true, nil
	}
	return b.Executor.HasImage(ctx, image)
}
