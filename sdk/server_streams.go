package sdk

import (
	"errors"
	"sync"

	"google.golang.org/grpc"

	executorv1 "github.com/raddeploy/raddeploy/sdk/proto"
)

func (s *server) Fingerprint(_ *executorv1.FingerprintRequest, stream executorv1.Executor_FingerprintServer) error {
	executor, err := s.ready()
	if err != nil {
		return err
	}
	send := sender(stream)
	return errorToWire(executor.Fingerprint(stream.Context(), func(f Fingerprint) error { return send(fingerprintToWire(f)) }))
}

func (s *server) Watch(r *executorv1.WatchRequest, stream executorv1.Executor_WatchServer) error {
	executor, err := s.ready()
	if err != nil {
		return err
	}
	send := sender(stream)
	return errorToWire(executor.Watch(stream.Context(), AttemptID(r.GetAttempt()), func(e Event) error {
		event, err := eventToWire(e)
		if err != nil {
			return err
		}
		return send(event)
	}))
}

func (s *server) Logs(r *executorv1.LogsRequest, stream executorv1.Executor_LogsServer) error {
	executor, err := s.ready()
	if err != nil {
		return err
	}
	reader, ok := executor.(LogReader)
	if !ok {
		return errorToWire(Errorf(Unimplemented, "%s keeps no logs", s.plugin.Name))
	}
	request := LogRequest{Stream: Stream(r.GetStream()), After: Cursor(r.GetAfter()), Follow: r.GetFollow()}
	if request.Stream != Stdout && request.Stream != Stderr {
		return errorToWire(Errorf(InvalidArgument, "logs of %s: ask for stdout or stderr", r.GetAttempt()))
	}
	send := sender(stream)
	return errorToWire(reader.Logs(stream.Context(), AttemptID(r.GetAttempt()), request, func(c LogChunk) error {
		return send(chunkToWire(c))
	}))
}

func (s *server) Prefetch(r *executorv1.PrefetchRequest, stream executorv1.Executor_PrefetchServer) error {
	executor, err := s.ready()
	if err != nil {
		return err
	}
	fetcher, ok := executor.(Prefetcher)
	if !ok {
		return errorToWire(Errorf(Unimplemented, "%s cannot fetch images ahead", s.plugin.Name))
	}
	send := sender(stream)
	return errorToWire(fetcher.Prefetch(stream.Context(), r.GetImage(), func(p Progress) error {
		return send(&executorv1.PrefetchResponse{Progress: progressToWire(p)})
	}))
}

// sender makes an emit that may be called from several goroutines, which a
// stream's Send may not.
func sender[Message any](stream grpc.ServerStreamingServer[Message]) func(*Message) error {
	var mu sync.Mutex
	return func(message *Message) error {
		mu.Lock()
		defer mu.Unlock()
		if err := stream.Context().Err(); err != nil {
			return err
		}
		if err := stream.Send(message); err != nil {
			return errors.Join(Errorf(Unavailable, "the agent does not listen any more"), err)
		}
		return nil
	}
}
