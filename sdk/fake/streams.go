package fake

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Fingerprint implements [sdk.Executor].
func (e *Executor) Fingerprint(ctx context.Context, emit func(sdk.Fingerprint) error) error {
	var last sdk.Fingerprint
	for {
		if e.raised(".silent") {
			if err := e.wait(ctx); err != nil {
				return err
			}
			continue
		}
		now := sdk.Fingerprint{Health: sdk.Healthy}
		if data, err := os.ReadFile(filepath.Join(e.config.Dir, ".health")); err == nil {
			if err := json.Unmarshal(data, &now); err != nil {
				return err
			}
		}
		if e.config.Absent {
			now = sdk.Fingerprint{Health: sdk.Undetected, Message: "the backend is absent, as the configuration says"}
		}
		now.Backend, now.Local, now.Slots = "fake 1.0.0", e.config.Local, e.config.Slots
		if now.Health == sdk.Healthy { // a cluster that is away cannot tell
			now.ClusterGPUs = e.config.ClusterGPUs
		}
		now.Attributes = map[string]string{"pid": strconv.Itoa(os.Getpid())}
		for i, uuid := range e.config.GPUs {
			now.GPUs = append(now.GPUs, sdk.Device{Index: strconv.Itoa(i), UUID: uuid})
		}
		if !reflect.DeepEqual(now, last) {
			if err := emit(now); err != nil {
				return err
			}
			last = now
		}
		if err := e.wait(ctx); err != nil {
			return err
		}
	}
}

// Watch implements [sdk.Executor].
func (e *Executor) Watch(ctx context.Context, attempt sdk.AttemptID, emit func(sdk.Event) error) error {
	var last sdk.State
	for {
		s, err := e.conclude(attempt)
		if err != nil {
			return err
		}
		var events []sdk.Event
		if s.state != last && (s.exit == nil || !s.exit.Started.IsZero()) {
			events = append(events, sdk.Event{State: s.state})
			switch {
			case s.state == sdk.Queued:
				events = append(events, sdk.Event{Waiting: "the plan says so"})
			case s.state == sdk.Pulling:
				events = append(events, sdk.Event{Progress: &sdk.Progress{What: s.record.Task.Container.Image, Total: 1 << 20}})
			case s.state == sdk.Running && s.record.Plan.Warning != "":
				events = append(events, sdk.Event{Warning: s.record.Plan.Warning})
			}
			last = s.state
		}
		if s.exit != nil {
			events = append(events, sdk.Event{Exit: s.exit})
		}
		for _, event := range events {
			if err := emit(event); err != nil {
				return err
			}
		}
		if s.exit != nil {
			return nil
		}
		if err := e.wait(ctx); err != nil {
			return err
		}
	}
}

// Logs implements [sdk.LogReader]. A cursor is the number of bytes before it.
func (e *Executor) Logs(ctx context.Context, attempt sdk.AttemptID, request sdk.LogRequest, emit func(sdk.LogChunk) error) error {
	offset := 0
	if request.After != "" {
		var err error
		if offset, err = strconv.Atoi(string(request.After)); err != nil || offset < 0 {
			return sdk.Errorf(sdk.InvalidArgument, "logs of attempt %s: %q is no cursor", attempt, request.After)
		}
	}
	for {
		s, err := e.conclude(attempt)
		if err != nil {
			return err
		}
		if s.state == sdk.Running && !(s.exit != nil && s.exit.Started.IsZero()) {
			output := e.output(s, request)
			for offset < len(output) {
				end := min(offset+e.chunk(), len(output))
				if err := emit(sdk.LogChunk{Time: s.started, Data: output[offset:end], Next: sdk.Cursor(strconv.Itoa(end))}); err != nil {
					return err
				}
				offset = end
			}
		}
		if s.exit != nil || !request.Follow {
			return nil
		}
		if err := e.wait(ctx); err != nil {
			return err
		}
	}
}

// output is what a stream holds now.
func (e *Executor) output(s situation, request sdk.LogRequest) []byte {
	stream := request.Stream
	output := s.output(stream, time.Now())
	switch {
	case e.config.Broken == "streams are one" && stream == sdk.Stdout:
		output = append(output, s.output(sdk.Stderr, time.Now())...)
	case e.config.Broken == "logs are reversed" && !request.Follow:
		lines := strings.SplitAfter(string(output), "\n")
		slices.Reverse(lines)
		return []byte(strings.Join(lines, ""))
	}
	return output
}

func (e *Executor) chunk() int {
	if e.config.Broken == "log chunks are large" {
		return 1 << 20
	}
	return 64 << 10
}

func outputOf(plan Plan, stream sdk.Stream) []byte {
	lines, bulk := plan.Stdout, int(plan.Bulk)
	if stream == sdk.Stderr {
		lines, bulk = plan.Stderr, 0
	}
	output := []byte(strings.Join(append(lines[:len(lines):len(lines)], ""), "\n"))
	const filler = "the quick brown fox jumps over the lazy dog, and over it again\n"
	return append(output, strings.Repeat(filler, bulk/len(filler)+1)[:bulk]...)
}

// Stats implements [sdk.StatsReader].
func (e *Executor) Stats(_ context.Context, attempt sdk.AttemptID) (sdk.Usage, error) {
	s, err := e.conclude(attempt)
	switch {
	case err != nil:
		return sdk.Usage{}, err
	case s.exit != nil || s.state != sdk.Running:
		return sdk.Usage{}, sdk.Errorf(sdk.FailedPrecondition, "stats of attempt %s: it does not run", attempt)
	}
	return sdk.Usage{CPU: time.Since(s.started), MemoryPeak: 1 << 20}, nil
}

// Prefetch implements [sdk.Prefetcher].
func (e *Executor) Prefetch(_ context.Context, image string, emit func(sdk.Progress) error) error {
	if strings.HasSuffix(image, missingImage) {
		return sdk.Errorf(sdk.NotFound, "there is no image %s", image)
	}
	for done := int64(0); done <= 4; done++ {
		if err := emit(sdk.Progress{What: image, Done: done << 20, Total: 4 << 20}); err != nil {
			return err
		}
	}
	return nil
}

// HasImage implements [sdk.ImageFinder].
func (e *Executor) HasImage(_ context.Context, image string) (bool, error) {
	attempts, err := e.backend().Attempts()
	if err := errors.Join(err, e.reach()); err != nil {
		return false, sdk.Errorf(sdk.Unavailable, "look for image %s: %w", image, err)
	}
	return slices.Contains(e.config.Images, image) || slices.ContainsFunc(attempts, func(attempt sdk.AttemptID) bool {
		task, err := e.backend().Task(attempt)
		return err == nil && task.Container.Image == image && !strings.HasSuffix(image, missingImage)
	}), nil
}

func (e *Executor) wait(ctx context.Context) error {
	timer := time.NewTimer(e.config.Poll)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
