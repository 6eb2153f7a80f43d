package sdk

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	hclog "github.com/hashicorp/go-hclog"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	executorv1 "github.com/raddeploy/raddeploy/sdk/proto"
)

// bare is an executor with none of the optional abilities, whose calls a test
// may replace.
type bare struct {
	configure func(Site) error
	validate  func(*Task) (Diagnostics, error)
	watch     func(context.Context, func(Event) error) error
}

func (b *bare) Configure(_ context.Context, site Site) error {
	if b.configure != nil {
		return b.configure(site)
	}
	return nil
}

func (b *bare) Fingerprint(context.Context, func(Fingerprint) error) error { return nil }

func (b *bare) ValidateTask(_ context.Context, task *Task) (Diagnostics, error) {
	return b.validate(task)
}

func (b *bare) Start(context.Context, *Task) (Handle, error)         { return nil, nil }
func (b *bare) Recover(context.Context, *Task, Handle) error         { return nil }
func (b *bare) Stop(context.Context, AttemptID, time.Duration) error { return nil }
func (b *bare) Remove(context.Context, AttemptID) error              { return nil }
func (b *bare) List(context.Context) ([]Held, error)                 { return nil, nil }

func (b *bare) Watch(ctx context.Context, _ AttemptID, emit func(Event) error) error {
	return b.watch(ctx, emit)
}

// dial serves a plugin in this process and returns a client of it.
func dial(t *testing.T, p Plugin) *Client {
	t.Helper()
	service, err := newServer(p)
	if err != nil {
		t.Fatal(err)
	}
	listener := bufconn.Listen(1 << 16)
	registrar := grpc.NewServer(serverOptions(hclog.NewNullLogger())...)
	executorv1.RegisterExecutorServer(registrar, service)
	served := make(chan error, 1)
	go func() { served <- registrar.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:///plugin", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		registrar.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return NewClient(conn)
}

func TestConfigureFillsThePluginsStruct(t *testing.T) {
	config := &inner{}
	var seen Site
	var must string
	client := dial(t, Plugin{Name: "bare", Config: config, Executor: &bare{configure: func(site Site) error {
		seen, must = site, config.Must
		return nil
	}}})
	if _, err := client.List(t.Context()); KindOf(err) != FailedPrecondition {
		t.Errorf("before it is configured: %v, want an error of kind FailedPrecondition", err)
	}
	if err := client.Configure(t.Context(), Site{}, []byte(`{}`)); KindOf(err) != InvalidArgument || !strings.Contains(err.Error(), `config: "must" is missing`) {
		t.Errorf("without a required word: %v", err)
	}
	if err := client.Configure(t.Context(), Site{Name: "s", Instance: "i", WorkDir: "/w", Roots: []string{"/r"}}, []byte(`{"must": "m"}`)); err != nil {
		t.Fatal(err)
	}
	if must != "m" || config.N != 3 {
		t.Errorf("configured with %+v, and %q at the call", config, must)
	}
	if seen.Name != "s" || seen.Instance != "i" || seen.WorkDir != "/w" || len(seen.Roots) != 1 {
		t.Errorf("the site is %+v", seen)
	}
	if err := client.Configure(t.Context(), Site{}, []byte(`{"must": "other"}`)); KindOf(err) != FailedPrecondition {
		t.Errorf("a second time: %v, want an error of kind FailedPrecondition", err)
	}
	if config.Must != "m" {
		t.Errorf("the second call changed the configuration to %+v", config)
	}
}

func TestOptionsAreEachTasksOwn(t *testing.T) {
	template := &inner{}
	var seen []*inner
	client := dial(t, Plugin{Name: "bare", Options: template, Executor: &bare{validate: func(task *Task) (Diagnostics, error) {
		seen = append(seen, task.Options.(*inner))
		return Diagnostics{{Path: []string{"image"}, Summary: "s", Warning: true}}, nil
	}}})
	if err := client.Configure(t.Context(), Site{}, nil); err != nil {
		t.Fatal(err)
	}
	for _, options := range []string{`{"must": "a", "n": 1}`, `{"must": "b"}`} {
		found, err := client.ValidateTask(t.Context(), &Task{Attempt: "a", Options: []byte(options)})
		if err != nil || len(found) != 1 || found.Failed() {
			t.Fatalf("found %v, %v", found, err)
		}
	}
	if *seen[0] != (inner{"a", 1}) || *seen[1] != (inner{"b", 3}) || *template != (inner{}) {
		t.Errorf("the tasks saw %+v and %+v; the template is %+v", seen[0], seen[1], template)
	}
	_, err := client.Start(t.Context(), &Task{Attempt: "a", Options: []byte(`{"must": "a", "m": 1}`)})
	var typed *Error
	if !errors.As(err, &typed) || typed.Kind != InvalidArgument || strings.Join(typed.Diagnostics[0].Path, ".") != "options.m" {
		t.Errorf("an unknown option: %v", err)
	}
	if _, err := client.Start(t.Context(), &Task{Options: []byte(`{"must": "a"}`)}); KindOf(err) != InvalidArgument {
		t.Errorf("a task without an id: %v, want an error of kind InvalidArgument", err)
	}
}

func TestWhatAnExecutorCannotDoIsUnimplemented(t *testing.T) {
	client := dial(t, Plugin{Name: "bare", Executor: &bare{}})
	description, err := client.Describe(t.Context())
	if err != nil || description.Capabilities != (Capabilities{}) {
		t.Errorf("described as %+v, %v", description, err)
	}
	if err := client.Configure(t.Context(), Site{}, nil); err != nil {
		t.Fatal(err)
	}
	_, stats := client.Stats(t.Context(), "a")
	_, images := client.HasImage(t.Context(), "image")
	for name, err := range map[string]error{
		"logs":     client.Logs(t.Context(), "a", LogRequest{Stream: Stdout}, nil),
		"stats":    stats,
		"prefetch": client.Prefetch(t.Context(), "image", nil),
		"images":   images,
	} {
		if KindOf(err) != Unimplemented {
			t.Errorf("%s: %v, want an error of kind Unimplemented", name, err)
		}
	}
}

func TestWatch(t *testing.T) {
	exit := Event{Exit: &Exit{Reason: Exited}}
	broken := errors.New("the caller has had enough")
	for _, test := range []struct {
		name   string
		watch  func(context.Context, func(Event) error) error
		events int
		check  func(error) bool
	}{
		{"to its end", func(_ context.Context, emit func(Event) error) error {
			return errors.Join(emit(Event{State: Running}), emit(Event{Warning: "w"}), emit(exit))
		}, 3, func(err error) bool { return err == nil }},
		{"what comes after the exit is nothing", func(_ context.Context, emit func(Event) error) error {
			return errors.Join(emit(exit), Errorf(Unknown, "too late"))
		}, 1, func(err error) bool { return err == nil }},
		{"broken off", func(_ context.Context, emit func(Event) error) error {
			return emit(Event{State: Running})
		}, 1, func(err error) bool { return KindOf(err) == Unavailable }},
		{"two things in one event", func(_ context.Context, emit func(Event) error) error {
			return emit(Event{State: Running, Warning: "w"})
		}, 0, func(err error) bool { return KindOf(err) == Unknown && strings.Contains(err.Error(), "2 fields") }},
		{"an error", func(context.Context, func(Event) error) error {
			return Errorf(NotFound, "unknown")
		}, 0, func(err error) bool { return KindOf(err) == NotFound }},
		{"a panic", func(context.Context, func(Event) error) error {
			panic("oh")
		}, 0, func(err error) bool { return KindOf(err) == Unknown && strings.Contains(err.Error(), "panicked") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := dial(t, Plugin{Name: "bare", Executor: &bare{watch: test.watch}})
			if err := client.Configure(t.Context(), Site{}, nil); err != nil {
				t.Fatal(err)
			}
			events := 0
			err := client.Watch(t.Context(), "a", func(Event) error { events++; return nil })
			if !test.check(err) || events != test.events {
				t.Errorf("%d events, then %v", events, err)
			}
		})
	}
	t.Run("the caller stops", func(t *testing.T) {
		ended := make(chan error, 1)
		client := dial(t, Plugin{Name: "bare", Executor: &bare{watch: func(ctx context.Context, emit func(Event) error) error {
			err := emit(Event{State: Running})
			<-ctx.Done()
			ended <- ctx.Err()
			return err
		}}})
		if err := client.Configure(t.Context(), Site{}, nil); err != nil {
			t.Fatal(err)
		}
		if err := client.Watch(t.Context(), "a", func(Event) error { return broken }); !errors.Is(err, broken) {
			t.Errorf("error %v, want the caller's own", err)
		}
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the executor's ctx ended with %v", err)
		}
	})
}
