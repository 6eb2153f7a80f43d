package sdk

import (
	"context"
	"fmt"
	"reflect"
	"runtime/debug"
	"sync"

	hclog "github.com/hashicorp/go-hclog"
	"google.golang.org/grpc"

	executorv1 "github.com/raddeploy/raddeploy/sdk/proto"
)

// server answers the wire's calls with an Executor.
type server struct {
	executorv1.UnimplementedExecutorServer
	plugin      Plugin
	description *executorv1.DescribeResponse

	mu         sync.Mutex
	configured bool
}

func newServer(p Plugin) (*server, error) {
	description, err := p.Describe()
	if err != nil {
		return nil, err
	}
	return &server{plugin: p, description: descriptionToWire(description)}, nil
}

func (s *server) Describe(context.Context, *executorv1.DescribeRequest) (*executorv1.DescribeResponse, error) {
	return s.description, nil
}

func (s *server) Configure(ctx context.Context, r *executorv1.ConfigureRequest) (*executorv1.ConfigureResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.configured {
		return nil, errorToWire(Errorf(FailedPrecondition, "configure %s: it is configured already", s.plugin.Name))
	}
	if err := Decode(r.GetConfigJson(), s.plugin.Config, "config").Err(); err != nil {
		return nil, errorToWire(err)
	}
	site := r.GetSite()
	err := s.plugin.Executor.Configure(ctx, Site{
		Name:     site.GetName(),
		Instance: site.GetInstance(),
		WorkDir:  site.GetWorkDir(),
		Roots:    site.GetRoots(),
	})
	s.configured = err == nil
	return &executorv1.ConfigureResponse{}, errorToWire(err)
}

// ready returns the executor, once it is configured.
func (s *server) ready() (Executor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.configured {
		return nil, errorToWire(Errorf(FailedPrecondition, "%s is not configured yet", s.plugin.Name))
	}
	return s.plugin.Executor, nil
}

// readyTask returns the task too, with its options decoded.
func (s *server) readyTask(wire *executorv1.Task) (Executor, *Task, error) {
	executor, err := s.ready()
	if err != nil {
		return nil, nil, err
	}
	task, err := taskFromWire(wire)
	if err != nil {
		return nil, nil, errorToWire(err)
	}
	if s.plugin.Options != nil {
		task.Options = reflect.New(reflect.TypeOf(s.plugin.Options).Elem()).Interface()
	}
	if err := Decode(wire.GetOptionsJson(), task.Options, "options").Err(); err != nil {
		return nil, nil, errorToWire(err)
	}
	return executor, task, nil
}

// A panic in a call fails that call alone: the attempts of other calls are none
// of its business.

func recoverUnary(logger hclog.Logger) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (response any, err error) {
		defer func() { recovered(logger, info.FullMethod, recover(), &err) }()
		return handle(ctx, request)
	}
}

func recoverStream(logger hclog.Logger) grpc.StreamServerInterceptor {
	return func(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) (err error) {
		defer func() { recovered(logger, info.FullMethod, recover(), &err) }()
		return handle(service, stream)
	}
}

func recovered(logger hclog.Logger, method string, panicked any, err *error) {
	if panicked != nil {
		logger.Error("panic in a call", "method", method, "panic", fmt.Sprint(panicked), "stack", string(debug.Stack()))
		*err = errorToWire(fmt.Errorf("the plugin panicked in %s: %v: report this to its author", method, panicked))
	}
}
