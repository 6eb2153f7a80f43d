package sdk

import (
	"context"

	executorv1 "github.com/raddeploy/raddeploy/sdk/proto"
)

func (s *server) ValidateTask(ctx context.Context, r *executorv1.ValidateTaskRequest) (*executorv1.ValidateTaskResponse, error) {
	executor, task, err := s.readyTask(r.GetTask())
	if err != nil {
		return nil, err
	}
	found, err := executor.ValidateTask(ctx, task)
	return &executorv1.ValidateTaskResponse{Diagnostics: convert(found, diagnosticToWire)}, errorToWire(err)
}

func (s *server) Start(ctx context.Context, r *executorv1.StartRequest) (*executorv1.StartResponse, error) {
	executor, task, err := s.readyTask(r.GetTask())
	if err != nil {
		return nil, err
	}
	handle, err := executor.Start(ctx, task)
	return &executorv1.StartResponse{Handle: handle}, errorToWire(err)
}

func (s *server) Recover(ctx context.Context, r *executorv1.RecoverRequest) (*executorv1.RecoverResponse, error) {
	executor, task, err := s.readyTask(r.GetTask())
	if err != nil {
		return nil, err
	}
	return &executorv1.RecoverResponse{}, errorToWire(executor.Recover(ctx, task, r.GetHandle()))
}

func (s *server) Stop(ctx context.Context, r *executorv1.StopRequest) (*executorv1.StopResponse, error) {
	executor, err := s.ready()
	if err != nil {
		return nil, err
	}
	return &executorv1.StopResponse{}, errorToWire(executor.Stop(ctx, AttemptID(r.GetAttempt()), durationFromWire(r.GetGrace())))
}

func (s *server) Remove(ctx context.Context, r *executorv1.RemoveRequest) (*executorv1.RemoveResponse, error) {
	executor, err := s.ready()
	if err != nil {
		return nil, err
	}
	return &executorv1.RemoveResponse{}, errorToWire(executor.Remove(ctx, AttemptID(r.GetAttempt())))
}

func (s *server) List(ctx context.Context, _ *executorv1.ListRequest) (*executorv1.ListResponse, error) {
	executor, err := s.ready()
	if err != nil {
		return nil, err
	}
	held, err := executor.List(ctx)
	return &executorv1.ListResponse{Held: convert(held, heldToWire)}, errorToWire(err)
}

func (s *server) Stats(ctx context.Context, r *executorv1.StatsRequest) (*executorv1.StatsResponse, error) {
	executor, err := s.ready()
	if err != nil {
		return nil, err
	}
	reader, ok := executor.(StatsReader)
	if !ok {
		return nil, errorToWire(Errorf(Unimplemented, "%s cannot tell what attempts use", s.plugin.Name))
	}
	usage, err := reader.Stats(ctx, AttemptID(r.GetAttempt()))
	return &executorv1.StatsResponse{Usage: usageToWire(usage)}, errorToWire(err)
}

func (s *server) HasImage(ctx context.Context, r *executorv1.HasImageRequest) (*executorv1.HasImageResponse, error) {
	executor, err := s.ready()
	if err != nil {
		return nil, err
	}
	finder, ok := executor.(ImageFinder)
	if !ok {
		return nil, errorToWire(Errorf(Unimplemented, "%s cannot tell which images it has", s.plugin.Name))
	}
	there, err := finder.HasImage(ctx, r.GetImage())
	return &executorv1.HasImageResponse{There: there}, errorToWire(err)
}
