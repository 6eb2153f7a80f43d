package sdk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	hclog "github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/raddeploy/raddeploy/sdk/internal/handshake"
	executorv1 "github.com/raddeploy/raddeploy/sdk/proto"
)

// Main is the whole main function of a plugin: it serves p to the agent that
// started the process, and exits the process when the agent says so or is gone.
// It never returns. A person who starts the plugin by hand gets its help;
// -describe prints its schemas as JSON, -version its version. Exit codes: 0
// fine, 2 usage or a mistake in the plugin's declaration.
//
// Standard output and input belong to the agent: write messages to the [Logger].
func Main(p Plugin) {
	os.Exit(run(p, os.Args[1:], os.Stdout, os.Stderr))
}

func run(p Plugin, args []string, stdout, stderr io.Writer) int {
	service, err := newServer(p)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	config := handshake.Config()
	if os.Getenv(config.MagicCookieKey) != config.MagicCookieValue {
		return byHand(p, args, stdout, stderr)
	}
	if err := serve(service); err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	return 0
}

func serve(service *server) error {
	if os.Getenv("PLUGIN_CLIENT_CERT") == "" {
		return errors.New("the agent offered no certificate: a plugin is served with mutual TLS only")
	}
	logger := Logger(service.plugin.Name)
	if os.Getenv(handshake.EnvLifeline) == "stdin" {
		go exitWithAgent(os.Stdin, logger)
	}
	// The agent decides when its plugins end: what a terminal or a service
	// manager sends to all processes of the agent is for the agent.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		for received := range signals {
			logger.Debug("signal is left to the agent", "signal", received.String())
		}
	}()
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  handshake.Config(),
		VersionedPlugins: map[int]plugin.PluginSet{handshake.Version: {handshake.Service: &served{server: service}}},
		Logger:           logger,
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(options, serverOptions(logger)...)...)
		},
	})
	return nil
}

// window is how many bytes of a call may be under way. A fixed number spares the
// pings by which gRPC else measures what a network can take.
const window = 1 << 20

func serverOptions(logger hclog.Logger) []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.UnaryInterceptor(recoverUnary(logger)),
		grpc.StreamInterceptor(recoverStream(logger)),
		grpc.MaxRecvMsgSize(handshake.MaxMessage),
		grpc.MaxSendMsgSize(handshake.MaxMessage),
		grpc.InitialWindowSize(window),
		grpc.InitialConnWindowSize(window),
	}
}

// served makes the server known to go-plugin.
type served struct {
	plugin.NetRPCUnsupportedPlugin
	server *server
}

func (s *served) GRPCServer(_ *plugin.GRPCBroker, registrar *grpc.Server) error {
	executorv1.RegisterExecutorServer(registrar, s.server)
	return nil
}

func (s *served) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("a plugin is no client")
}
