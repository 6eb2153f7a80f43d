package host

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	hclog "github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"

	"github.com/raddeploy/raddeploy/sdk"
	"github.com/raddeploy/raddeploy/sdk/internal/handshake"
)

// Options says how a plugin is launched.
type Options struct {
	// Path of the program. $PATH is not searched.
	Path string
	// Args are given to the program.
	Args []string
	// SHA256 is the checksum that the program must have, in hexadecimal. "": any.
	SHA256 string
	// Env is the whole environment, as "NAME=value". Nothing is inherited.
	// Without a PATH, the system's usual one is added.
	Env []string
	// Logger receives what the plugin logs, and nothing below its level is
	// sent. Nil: nobody.
	Logger hclog.Logger
	// StartTimeout bounds the time until the plugin can be called. Zero: a
	// minute, as go-plugin has it: a busy host may need many seconds.
	StartTimeout time.Duration
	// SocketDir is where a folder for the plugin's socket is made. The path
	// must be short. "": the system's temporary folder.
	SocketDir string
}

// window is how many bytes may be under way. A fixed number, that of a pipe of
// its own, spares the pings by which gRPC else measures what a network can take.
const window = 1 << 20

const usualPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Launch starts a plugin and asks it to describe itself. ctx bounds the launch
// only; the process lives until [Client.Close] is called or the calling process
// ends.
func Launch(ctx context.Context, options Options) (*Client, error) {
	var err error
	// a name alone would be looked for in $PATH when it is run
	if options.Path, err = filepath.Abs(options.Path); err != nil {
		return nil, fmt.Errorf("plugin: %w", err)
	}
	if err := verify(options.Path, options.SHA256); err != nil {
		return nil, err
	}
	logger := options.Logger
	if logger == nil {
		logger = hclog.NewNullLogger()
	}
	timeout := options.StartTimeout
	if timeout == 0 {
		timeout = time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	tlsConfig, certificate, err := mutualTLS()
	if err != nil {
		return nil, fmt.Errorf("plugin %s: %w", options.Path, err)
	}
	command := exec.Command(options.Path, options.Args...)
	command.Env = append(environment(options.Env, logger), clientCertEnv+"="+certificate)
	child := newProcess(command)
	defer context.AfterFunc(ctx, child.kill)()
	stray := logger.StandardWriter(&hclog.StandardLoggerOptions{ForceLevel: hclog.Debug})
	managed := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  handshake.Config(),
		VersionedPlugins: map[int]plugin.PluginSet{handshake.Version: {handshake.Service: caller{}}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		TLSConfig:        tlsConfig,
		GRPCDialOptions: []grpc.DialOption{
			grpc.WithInitialWindowSize(window), grpc.WithInitialConnWindowSize(window),
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(handshake.MaxMessage), grpc.MaxCallSendMsgSize(handshake.MaxMessage)),
		},
		SkipHostEnv:      true,
		Logger:           logger,
		SyncStdout:       stray,
		SyncStderr:       stray,
		StartTimeout:     timeout + time.Second, // ctx comes first
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: options.SocketDir},
		RunnerFunc: func(_ hclog.Logger, prepared *exec.Cmd, socketDir string) (runner.Runner, error) {
			command.Env = append(command.Env, prepared.Env...)
			return child, child.prepare(socketDir)
		},
	})
	client, err := connect(ctx, managed)
	if err != nil {
		err = child.explain(ctx, err)
		child.kill()
		managed.Kill()
		child.discard()
		return nil, err
	}
	client.managed, client.process = managed, child
	return client, nil
}

func connect(ctx context.Context, managed *plugin.Client) (*Client, error) {
	protocol, err := managed.Client()
	if err != nil {
		return nil, err
	}
	dispensed, err := protocol.Dispense(handshake.Service)
	if err != nil {
		return nil, err
	}
	calls, ok := dispensed.(*sdk.Client)
	if !ok {
		return nil, fmt.Errorf("go-plugin dispensed a %T", dispensed)
	}
	description, err := calls.Describe(ctx)
	if err != nil {
		return nil, fmt.Errorf("describe: %w", err)
	}
	return &Client{Client: calls, description: description}, nil
}

func environment(given []string, logger hclog.Logger) []string {
	env := []string{usualPath}
	env = append(env, given...) // of two values for one name, the last counts
	return append(env, handshake.EnvLifeline+"=stdin", handshake.EnvLogLevel+"="+logger.GetLevel().String())
}

// caller makes the client known to go-plugin.
type caller struct{ plugin.NetRPCUnsupportedPlugin }

func (caller) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return errors.New("an agent is no plugin")
}

func (caller) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return sdk.NewClient(conn), nil
}
