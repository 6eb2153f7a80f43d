package sdk

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"

	executorv1 "github.com/raddeploy/raddeploy/sdk/proto"
)

// Client calls an executor over a connection. Plugin authors do not need it: it
// is the agent's side, made by package host.
//
// Its methods mean what [Executor]'s mean. Tasks carry their Options as JSON,
// in a []byte. Errors are of type *[Error], or ctx's own; a plugin process that
// is gone is [Unavailable].
type Client struct {
	wire executorv1.ExecutorClient
}

// NewClient calls through conn, which stays the caller's.
func NewClient(conn grpc.ClientConnInterface) *Client {
	return &Client{wire: executorv1.NewExecutorClient(conn)}
}

// Describe asks what the plugin is. It needs no configuration.
func (c *Client) Describe(ctx context.Context) (Description, error) {
	response, err := c.wire.Describe(ctx, &executorv1.DescribeRequest{})
	if err != nil {
		return Description{}, errorFromWire(ctx, err)
	}
	return descriptionFromWire(response), nil
}

// Configure gives the executor its site and its configuration, an object as
// JSON. Complaints are in the error's Diagnostics, their paths beginning with
// "config".
func (c *Client) Configure(ctx context.Context, site Site, config []byte) error {
	_, err := c.wire.Configure(ctx, &executorv1.ConfigureRequest{
		Site:       &executorv1.Site{Name: site.Name, Instance: site.Instance, WorkDir: site.WorkDir, Roots: site.Roots},
		ConfigJson: config,
	})
	return errorFromWire(ctx, err)
}

// ValidateTask asks what is wrong with a task.
func (c *Client) ValidateTask(ctx context.Context, task *Task) (Diagnostics, error) {
	wire, err := taskToWire(task)
	if err != nil {
		return nil, err
	}
	response, err := c.wire.ValidateTask(ctx, &executorv1.ValidateTaskRequest{Task: wire})
	if err != nil {
		return nil, errorFromWire(ctx, err)
	}
	return convert(response.GetDiagnostics(), diagnosticFromWire), nil
}

// Start begins an attempt.
func (c *Client) Start(ctx context.Context, task *Task) (Handle, error) {
	wire, err := taskToWire(task)
	if err != nil {
		return nil, err
	}
	response, err := c.wire.Start(ctx, &executorv1.StartRequest{Task: wire})
	return response.GetHandle(), errorFromWire(ctx, err)
}

// Recover makes an attempt of an earlier plugin process known to this one.
func (c *Client) Recover(ctx context.Context, task *Task, handle Handle) error {
	wire, err := taskToWire(task)
	if err != nil {
		return err
	}
	_, err = c.wire.Recover(ctx, &executorv1.RecoverRequest{Task: wire, Handle: handle})
	return errorFromWire(ctx, err)
}

// Stop asks an attempt to end.
func (c *Client) Stop(ctx context.Context, attempt AttemptID, grace time.Duration) error {
	_, err := c.wire.Stop(ctx, &executorv1.StopRequest{Attempt: string(attempt), Grace: durationToWire(grace)})
	return errorFromWire(ctx, err)
}

// Remove forgets an ended attempt.
func (c *Client) Remove(ctx context.Context, attempt AttemptID) error {
	_, err := c.wire.Remove(ctx, &executorv1.RemoveRequest{Attempt: string(attempt)})
	return errorFromWire(ctx, err)
}

// List names the attempts that the backend holds.
func (c *Client) List(ctx context.Context) ([]Held, error) {
	response, err := c.wire.List(ctx, &executorv1.ListRequest{})
	if err != nil {
		return nil, errorFromWire(ctx, err)
	}
	return convert(response.GetHeld(), heldFromWire), nil
}

// Stats tells what a running attempt uses. [Unimplemented] if the executor cannot.
func (c *Client) Stats(ctx context.Context, attempt AttemptID) (Usage, error) {
	response, err := c.wire.Stats(ctx, &executorv1.StatsRequest{Attempt: string(attempt)})
	return usageFromWire(response.GetUsage()), errorFromWire(ctx, err)
}

// HasImage tells whether an image is there. [Unimplemented] if the executor
// cannot tell, or is of a version that knows no such call.
func (c *Client) HasImage(ctx context.Context, image string) (bool, error) {
	response, err := c.wire.HasImage(ctx, &executorv1.HasImageRequest{Image: image})
	return response.GetThere(), errorFromWire(ctx, err)
}

// Fingerprint passes on the backend's health until ctx ends, emit fails or the
// plugin is gone. It never returns nil.
func (c *Client) Fingerprint(ctx context.Context, emit func(Fingerprint) error) error {
	err := receive(ctx, func(ctx context.Context) (grpc.ServerStreamingClient[executorv1.FingerprintResponse], error) {
		return c.wire.Fingerprint(ctx, &executorv1.FingerprintRequest{})
	}, func(response *executorv1.FingerprintResponse) error { return emit(fingerprintFromWire(response)) })
	if err == nil {
		return Errorf(Unavailable, "the plugin stopped telling its backend's health")
	}
	return err
}

// Watch passes on an attempt's events. It returns nil after the Exit and only
// then: an executor that breaks off without one cannot tell now, which is
// [Unavailable].
func (c *Client) Watch(ctx context.Context, attempt AttemptID, emit func(Event) error) error {
	ended := errors.New("the exit was passed on")
	err := receive(ctx, func(ctx context.Context) (grpc.ServerStreamingClient[executorv1.WatchResponse], error) {
		return c.wire.Watch(ctx, &executorv1.WatchRequest{Attempt: string(attempt)})
	}, func(response *executorv1.WatchResponse) error {
		event, known := eventFromWire(response)
		if !known {
			return nil
		}
		if err := emit(event); err != nil || event.Exit == nil {
			return err
		}
		return ended
	})
	switch err {
	case nil:
		return Errorf(Unavailable, "watch attempt %s: the plugin stopped without telling how it ended", attempt)
	case ended:
		return nil
	}
	return err
}

// Logs passes on the output of one stream. [Unimplemented] if the executor
// keeps none.
func (c *Client) Logs(ctx context.Context, attempt AttemptID, request LogRequest, emit func(LogChunk) error) error {
	return receive(ctx, func(ctx context.Context) (grpc.ServerStreamingClient[executorv1.LogsResponse], error) {
		return c.wire.Logs(ctx, &executorv1.LogsRequest{
			Attempt: string(attempt),
			Stream:  executorv1.Stream(request.Stream),
			After:   string(request.After),
			Follow:  request.Follow,
		})
	}, func(response *executorv1.LogsResponse) error { return emit(chunkFromWire(response)) })
}

// Prefetch fetches an image and passes on how far it is. [Unimplemented] if the
// executor cannot.
func (c *Client) Prefetch(ctx context.Context, image string, emit func(Progress) error) error {
	return receive(ctx, func(ctx context.Context) (grpc.ServerStreamingClient[executorv1.PrefetchResponse], error) {
		return c.wire.Prefetch(ctx, &executorv1.PrefetchRequest{Image: image})
	}, func(response *executorv1.PrefetchResponse) error {
		return emit(progressFromWire(response.GetProgress()))
	})
}

// receive hands each message of a stream to each, whose error ends it and is
// returned as it is.
func receive[Message any](
	ctx context.Context,
	open func(context.Context) (grpc.ServerStreamingClient[Message], error),
	each func(*Message) error,
) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := open(inner)
	if err != nil {
		return errorFromWire(ctx, err)
	}
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errorFromWire(ctx, err)
		}
		if err := each(message); err != nil {
			return err
		}
	}
}
