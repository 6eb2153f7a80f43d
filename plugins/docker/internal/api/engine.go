// Package api is the plugin's only use of Docker's client library: the
// calls that the executor makes, with plain answers and errors that can be told
// apart. A change of library is a change of this package alone.
//
// It knows nothing of tasks and attempts, decides nothing, and retries nothing.
package api

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/docker/docker/client"
)

// quick bounds calls that an engine answers at once, and slow those that wait
// for a disk or for a runtime. A call that exceeds its bound fails as
// unreachable: the caller looks again at what the engine has.
const (
	quick = 30 * time.Second
	slow  = 5 * time.Minute
)

// Endpoint says where an engine is.
type Endpoint struct {
	Address string // "unix:///var/run/docker.sock" or "tcp://host:2376"
	CAFile  string
	Cert    string
	Key     string
}

// Engine is one Docker engine. It is safe for use by many goroutines.
type Engine struct {
	api *client.Client
	at  Endpoint
}

// New prepares the way to an engine without contacting it.
func New(at Endpoint) (*Engine, error) {
	options := []client.Opt{client.WithHost(at.Address), client.WithAPIVersionNegotiation()}
	if at.CAFile != "" || at.Cert != "" || at.Key != "" {
		options = append(options, client.WithTLSClientConfig(at.CAFile, at.Cert, at.Key))
	}
	api, err := client.NewClientWithOpts(options...)
	if err != nil {
		return nil, fmt.Errorf("docker endpoint %q: %w", at.Address, err)
	}
	return &Engine{api: api, at: at}, nil
}

// Close drops idle connections.
func (e *Engine) Close() error { return e.api.Close() }

// OnThisHost tells whether the engine is reached through a socket of this
// host's file system.
func (e *Engine) OnThisHost() bool { return strings.HasPrefix(e.at.Address, "unix://") }

// Socket returns the path of the engine's socket, or "" if it has none.
func (e *Engine) Socket() string {
	path, ok := strings.CutPrefix(e.at.Address, "unix://")
	if !ok {
		return ""
	}
	return path
}

// Ping asks for a sign of life.
func (e *Engine) Ping(ctx context.Context) error {
	_, err := e.api.Ping(ctx)
	return err
}

// Stays tells whether the engine still takes new connections. One that is being
// stopped does not, though it goes on answering on those that it has. One that is
// only slow to answer stays.
func (e *Engine) Stays(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	fresh, err := New(e.at)
	if err != nil {
		return false
	}
	defer fresh.Close()
	err = fresh.Ping(ctx)
	return err == nil || errors.Is(err, context.DeadlineExceeded)
}

// Info is what an engine says about itself and its host.
type Info struct {
	Name          string // the host's name
	Version       string
	API           string // the version that is spoken with it
	StorageDriver string
	CgroupVersion string
	OS            string
	Kernel        string
	CPUs          int
	Memory        int64
	CDISpecDirs   []string // empty: the engine does not know CDI
	// qualified names of the devices in their specs; engines before 28 do not tell
	CDIDevices []string
	// containers' users are other users on the host: user namespaces, or rootless
	Remapped       bool
	DefaultRuntime string // what containers run by that name none
	LiveRestore    bool   // containers outlive the engine
	Root           string // the engine's own folder on its host
}

// Info asks the engine about itself.
func (e *Engine) Info(ctx context.Context) (Info, error) {
	info, err := e.api.Info(ctx)
	if err != nil {
		return Info{}, err
	}
	out := Info{
		Name: info.Name, Version: info.ServerVersion, API: e.api.ClientVersion(), StorageDriver: info.Driver,
		CgroupVersion: info.CgroupVersion, OS: info.OperatingSystem, Kernel: info.KernelVersion,
		CPUs: info.NCPU, Memory: info.MemTotal, CDISpecDirs: info.CDISpecDirs, Root: info.DockerRootDir, LiveRestore: info.LiveRestoreEnabled,
		DefaultRuntime: info.DefaultRuntime,
	}
	for _, device := range info.DiscoveredDevices {
		if device.Source == "cdi" {
			out.CDIDevices = append(out.CDIDevices, device.ID)
		}
	}
	for _, option := range info.SecurityOptions {
		if strings.HasPrefix(option, "name=userns") || strings.HasPrefix(option, "name=rootless") {
			out.Remapped = true
		}
	}
	return out, nil
}
