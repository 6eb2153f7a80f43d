package fake

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
)

// Local is the fake as a plugin without a process of its own: its calls are
// those of the client that launching a plugin gives, and Kill ends it like one.
// It stands for what the sdk does for a plugin, too, so that even those
// promises can be broken.
type Local struct {
	executor *breaker
	config   *Config
	schema   sdk.Schema
	broken   string

	life   context.Context
	die    context.CancelFunc
	exited chan struct{}

	mu         sync.Mutex
	configured bool
	described  int
}

// Launch makes a plugin that breaks one promise: a name of [Breaks], or "" for
// none. Its configuration says nothing about that.
func Launch(broken string) *Local {
	declared := Plugin()
	l := &Local{executor: declared.Executor.(*breaker), config: declared.Config.(*Config), broken: broken, exited: make(chan struct{})}
	description, _ := declared.Describe()
	l.schema = description.Config
	l.life, l.die = context.WithCancel(context.Background())
	return l
}

// Exited is closed when the plugin has been killed or closed.
func (l *Local) Exited() <-chan struct{} { return l.exited }

// Close is Kill.
func (l *Local) Close() error { return l.Kill() }

// Abandon is what the agent's end does.
func (l *Local) Abandon() error {
	if l.broken == "the agent is outlived" {
		return nil
	}
	return l.Kill()
}

// AnswersStrangers says which strangers are answered.
func (l *Local) AnswersStrangers(context.Context) (how []string, err error) {
	if l.broken == "strangers are answered" {
		how = append(how, "by word of mouth")
	}
	return how, nil
}

// Kill ends all calls.
func (l *Local) Kill() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.life.Err() == nil {
		l.die()
		close(l.exited)
	}
	return nil
}

// Description is what the plugin told of itself at first.
func (l *Local) Description() sdk.Description {
	description, _ := Plugin().Describe()
	if l.broken == "what is not described answers" {
		description.Capabilities.Prefetch = false
	}
	return description
}

// Describe implements the call.
func (l *Local) Describe(ctx context.Context) (sdk.Description, error) {
	l.mu.Lock()
	l.described++
	described := l.described
	l.mu.Unlock()
	description := l.Description()
	switch {
	case l.broken == "describe changes" && described > 1:
		description.Doc += " It has been asked before."
	case l.broken == "describe is slow":
		if err := pause(ctx, tooLong); err != nil {
			return description, err
		}
	}
	return description, nil
}

// Configure implements the call.
func (l *Local) Configure(ctx context.Context, site sdk.Site, config []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.configured {
		return sdk.Errorf(sdk.FailedPrecondition, "it is configured already")
	}
	if err := l.overlook(config, l.config, "config", func(d sdk.Diagnostic) bool {
		switch l.broken {
		case "unknown config is accepted":
			return len(d.Path) == 2 && unknown(l.schema, d.Path[1])
		case "ill-typed config is accepted":
			return len(d.Path) == 2 && !unknown(l.schema, d.Path[1])
		case "incomplete config is accepted":
			return strings.HasSuffix(d.Summary, "is missing")
		}
		return false
	}); err != nil {
		if l.broken != "mangled config is accepted" || json.Valid(config) {
			return l.error(err)
		}
		l.config.Dir = nowhere
	}
	l.config.Broken = l.broken
	err := l.executor.Configure(ctx, site)
	l.configured = err == nil
	return l.error(err)
}

const nowhere = "/nonexistent"

func unknown(schema sdk.Schema, word string) bool { _, ok := schema.Field(word); return !ok }

// overlook decodes an object, without the words that are complained about and
// passed over.
func (l *Local) overlook(data []byte, into any, path string, pass func(sdk.Diagnostic) bool) error {
	found := sdk.Decode(data, into, path)
	if !slices.ContainsFunc(found, pass) {
		return found.Err()
	}
	object := map[string]any{}
	if err := json.Unmarshal(data, &object); err != nil {
		return err
	}
	maps.DeleteFunc(object, func(word string, _ any) bool {
		return slices.ContainsFunc(found, func(d sdk.Diagnostic) bool { return pass(d) && d.Path[len(d.Path)-1] == word })
	})
	if _, given := object["dir"]; !given && path == "config" {
		object["dir"] = nowhere
	}
	data, err := json.Marshal(object)
	if err != nil {
		return err
	}
	return sdk.Decode(data, into, path).Err()
}

// call makes a call end when the plugin is killed, and returns its error as the
// wire does.
func (l *Local) call(ctx context.Context, call func(context.Context) error) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.life, cancel)()
	if l.life.Err() != nil {
		return sdk.Errorf(sdk.Unavailable, "the plugin is gone")
	}
	err := call(inner)
	switch {
	case ctx.Err() != nil && err != nil:
		return ctx.Err()
	case l.life.Err() != nil && err != nil:
		return sdk.Errorf(sdk.Unavailable, "the plugin is gone")
	}
	return l.error(err)
}

// error is an error as it comes over the wire.
func (l *Local) error(err error) error {
	var typed *sdk.Error
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &typed):
		return err // of the caller's emit, or without a kind
	case l.broken == "errors lose their kind":
		return &sdk.Error{Message: err.Error()}
	case l.broken == "complaints have no path":
		return &sdk.Error{Kind: typed.Kind, Message: err.Error()}
	}
	return err
}

// task is the task as the executor gets it.
func (l *Local) task(task *sdk.Task) (*sdk.Task, error) {
	options, _ := task.Options.([]byte)
	plan := new(Plan)
	err := l.overlook(options, plan, "options", func(sdk.Diagnostic) bool { return l.broken == "unknown options are accepted" })
	decoded := *task
	decoded.Options = plan
	return &decoded, err
}

// ValidateTask implements the call.
func (l *Local) ValidateTask(ctx context.Context, task *sdk.Task) (found sdk.Diagnostics, err error) {
	decoded, err := l.task(task)
	if err != nil {
		return nil, l.error(err)
	}
	err = l.call(ctx, func(ctx context.Context) error { found, err = l.executor.ValidateTask(ctx, decoded); return err })
	return found, err
}

// Start implements the call.
func (l *Local) Start(ctx context.Context, task *sdk.Task) (handle sdk.Handle, err error) {
	decoded, err := l.task(task)
	if err != nil {
		return nil, l.error(err)
	}
	err = l.call(ctx, func(ctx context.Context) error { handle, err = l.executor.Start(ctx, decoded); return err })
	return handle, err
}

// Recover implements the call.
func (l *Local) Recover(ctx context.Context, task *sdk.Task, handle sdk.Handle) error {
	return l.call(ctx, func(ctx context.Context) error { return l.executor.Recover(ctx, task, handle) })
}

// Watch implements the call.
func (l *Local) Watch(ctx context.Context, attempt sdk.AttemptID, emit func(sdk.Event) error) error {
	return l.call(ctx, func(ctx context.Context) error { return l.executor.Watch(ctx, attempt, emit) })
}

// Logs implements the call.
func (l *Local) Logs(ctx context.Context, attempt sdk.AttemptID, request sdk.LogRequest, emit func(sdk.LogChunk) error) error {
	return l.call(ctx, func(ctx context.Context) error { return l.executor.Logs(ctx, attempt, request, emit) })
}

// Stop implements the call.
func (l *Local) Stop(ctx context.Context, attempt sdk.AttemptID, grace time.Duration) error {
	return l.call(ctx, func(ctx context.Context) error { return l.executor.Stop(ctx, attempt, grace) })
}

// Remove implements the call.
func (l *Local) Remove(ctx context.Context, attempt sdk.AttemptID) error {
	return l.call(ctx, func(ctx context.Context) error { return l.executor.Remove(ctx, attempt) })
}

// List implements the call.
func (l *Local) List(ctx context.Context) (held []sdk.Held, err error) {
	err = l.call(ctx, func(ctx context.Context) error { held, err = l.executor.List(ctx); return err })
	return held, err
}

// Stats implements the call.
func (l *Local) Stats(ctx context.Context, attempt sdk.AttemptID) (usage sdk.Usage, err error) {
	err = l.call(ctx, func(ctx context.Context) error { usage, err = l.executor.Stats(ctx, attempt); return err })
	return usage, err
}

// Prefetch implements the call.
func (l *Local) Prefetch(ctx context.Context, image string, emit func(sdk.Progress) error) error {
	return l.call(ctx, func(ctx context.Context) error { return l.executor.Prefetch(ctx, image, emit) })
}

// HasImage implements the call.
func (l *Local) HasImage(ctx context.Context, image string) (there bool, err error) {
	err = l.call(ctx, func(ctx context.Context) error { there, err = l.executor.HasImage(ctx, image); return err })
	return there, err
}

// Fingerprint implements the call.
func (l *Local) Fingerprint(ctx context.Context, emit func(sdk.Fingerprint) error) error {
	return l.call(ctx, func(ctx context.Context) error {
		if err := l.executor.Fingerprint(ctx, emit); err != nil {
			return err
		}
		return sdk.Errorf(sdk.Unavailable, "the plugin stopped telling its backend's health")
	})
}

// tooLong is more than the two seconds that a call may take that waits for nothing.
const tooLong = 2500 * time.Millisecond

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
