package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/engine"
	"github.com/raddeploy/raddeploy/sdk/fake"
)

// config is the fake engine's configuration.
type config struct {
	Dir    string `raddeploy:"dir"`
	Absent bool   `raddeploy:"absent"`
}

// fakes is an engine whose containers do what plans of package fake say: a
// container is a file, and once it is started an attempt of the fake.
type fakes struct {
	dir     string
	absent  bool
	backend *fake.Executor
}

// container is a container that was created.
type container struct {
	Task    sdk.Task
	Plan    json.RawMessage
	Labels  map[string]string
	Started time.Time
}

func newFakes(config *config) *engine.Executor {
	return engine.New("fakes", func(site sdk.Site) (engine.Engine, engine.Settings, error) {
		if !filepath.IsAbs(config.Dir) {
			return nil, engine.Settings{}, errors.New("dir must be an absolute path")
		}
		f := &fakes{dir: config.Dir, absent: config.Absent}
		f.backend = fake.New(fake.Backend{Dir: filepath.Join(config.Dir, "attempts")}, site, nil)
		return f, engine.Settings{StopGrace: time.Second}, nil
	})
}

func (f *fakes) away() error {
	if f.absent {
		return sdk.Errorf(sdk.Unavailable, "there are no fakes")
	}
	_, err := f.backend.List(context.Background()) // which may be stalled
	return err
}

func (f *fakes) Look(context.Context) sdk.Fingerprint {
	if f.absent {
		return sdk.Fingerprint{Health: sdk.Undetected, Backend: "fakes", Message: "there are no fakes: make some"}
	}
	return sdk.Fingerprint{Health: sdk.Healthy, Backend: "fakes 1", Local: true, GPUs: []sdk.Device{{Index: "0", UUID: "GPU-a"}, {Index: "1", UUID: "GPU-b"}}}
}

func (f *fakes) Check(context.Context, *sdk.Task) sdk.Diagnostics { return nil }

func (f *fakes) HasImage(_ context.Context, image string) (bool, error) {
	return !strings.Contains(image, "raddeploy/"), f.away()
}

func (f *fakes) Pull(ctx context.Context, image string, sign func(*sdk.Progress)) error {
	switch {
	case strings.Contains(image, "raddeploy/silent"):
		<-ctx.Done()
		return ctx.Err()
	case strings.Contains(image, "raddeploy/"):
		return fmt.Errorf("manifest of %s is unknown", image)
	}
	sign(&sdk.Progress{What: image, Done: 1, Total: 1})
	return f.away()
}

func (f *fakes) path(name string) string { return filepath.Join(f.dir, name+".container") }

func (f *fakes) read(name string) (c container, err error) {
	text, err := os.ReadFile(f.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return c, sdk.Errorf(sdk.NotFound, "there is no container %s", name)
	}
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	return c, err
}

func (f *fakes) write(name string, c container) error {
	text, err := json.Marshal(c)
	if err == nil {
		err = os.WriteFile(f.path(name)+".new", text, 0o600)
	}
	if err == nil {
		err = os.Rename(f.path(name)+".new", f.path(name))
	}
	return err
}

func (f *fakes) Find(ctx context.Context, name string) (engine.Container, error) {
	if err := f.away(); err != nil {
		return engine.Container{}, err
	}
	found, err := f.read(name)
	if err != nil {
		return engine.Container{}, err
	}
	c := engine.Container{Name: name, Labels: found.Labels, State: engine.Created, Started: found.Started}
	held, err := f.backend.List(ctx)
	for _, h := range held {
		if h.Attempt != id(c) {
			continue
		}
		if c.State = engine.Running; h.Ended {
			c.State = engine.Ended
		}
	}
	return c, err
}

func id(c engine.Container) sdk.AttemptID { return sdk.AttemptID(c.Labels[engine.LabelAttempt]) }

func (f *fakes) Create(ctx context.Context, r *engine.Request) (engine.Container, error) {
	if there, err := f.HasImage(ctx, r.Task.Container.Image); err != nil || !there {
		return engine.Container{}, errors.Join(err, engine.ErrNoImage)
	}
	if _, err := f.read(r.Name); err == nil {
		return engine.Container{}, engine.ErrExists
	}
	made := container{Task: *r.Task, Labels: r.Labels}
	made.Plan, _ = json.Marshal(r.Task.Options)
	made.Task.Options, made.Task.Timeout = nil, 0
	return engine.Container{Name: r.Name, Labels: r.Labels, State: engine.Created}, f.write(r.Name, made)
}

func (f *fakes) Start(ctx context.Context, c engine.Container) error {
	found, err := f.read(c.Name)
	if err != nil {
		return err
	}
	plan := &fake.Plan{}
	if err := json.Unmarshal(found.Plan, plan); err != nil {
		return err
	}
	found.Task.Options = plan
	if found.Started.IsZero() {
		found.Started = time.Now()
		if err := f.write(c.Name, found); err != nil {
			return err
		}
	}
	_, err = f.backend.Start(ctx, &found.Task)
	return err
}

func (f *fakes) Wait(ctx context.Context, c engine.Container) (end engine.End, err error) {
	err = f.backend.Watch(ctx, id(c), func(event sdk.Event) error {
		if exit := event.Exit; exit != nil {
			end = engine.End{Code: exit.Code, Started: exit.Started, Finished: exit.Finished, Image: exit.ImageDigest, Usage: exit.Usage}
			end.OOMKilled = exit.Reason == sdk.OutOfMemory
			if exit.Reason == sdk.Stopped {
				end.Killed = syscall.Signal(exit.Signal)
			}
		}
		return nil
	})
	return end, err
}

func (f *fakes) Signal(ctx context.Context, c engine.Container, force bool) error {
	grace := time.Hour
	if force {
		grace = 0
	}
	return f.backend.Stop(ctx, id(c), grace)
}

func (f *fakes) Remove(ctx context.Context, c engine.Container) error {
	if err := f.backend.Remove(ctx, id(c)); err != nil {
		return err
	}
	if err := os.Remove(f.path(c.Name)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (f *fakes) List(ctx context.Context, labels map[string]string) (all []engine.Container, err error) {
	files, err := filepath.Glob(f.path("*"))
	if err := errors.Join(err, f.away()); err != nil {
		return nil, err
	}
	for _, file := range files {
		c, err := f.Find(ctx, strings.TrimSuffix(filepath.Base(file), ".container"))
		if sdk.KindOf(err) == sdk.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		ours := true
		for name, value := range maps.All(labels) {
			ours = ours && c.Labels[name] == value
		}
		if ours {
			all = append(all, c)
		}
	}
	return all, nil
}

func (f *fakes) Stats(ctx context.Context, c engine.Container) (sdk.Usage, error) {
	return f.backend.Stats(ctx, id(c))
}

func (f *fakes) Logs(ctx context.Context, c engine.Container, request engine.LogRequest, emit func(sdk.LogChunk) error) error {
	return f.backend.Logs(ctx, id(c), request.LogRequest, emit)
}
