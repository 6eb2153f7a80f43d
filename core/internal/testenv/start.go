package testenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/raddeploy/raddeploy/core/agent"
	"github.com/raddeploy/raddeploy/core/config"
)

// Start starts an agent in the test's process and waits until its executors are
// healthy.
func (s *Site) Start() {
	s.t.Helper()
	s.Launch()
	s.Ready()
}

// Launch starts an agent in the test's process, however its executors are.
func (s *Site) Launch() {
	s.t.Helper()
	site, diagnostics := config.Load([]string{s.configDir()}, nil)
	if err := diagnostics.Err(); err != nil {
		s.t.Fatal(err)
	}
	logger := hclog.New(&hclog.LoggerOptions{Name: "raddeploy", Level: hclog.Trace, JSONFormat: true, Output: s.log})
	ctx, cancel := context.WithCancel(context.Background())
	a, err := agent.New(ctx, site, "test", logger)
	if err != nil {
		cancel()
		s.t.Fatal(err)
	}
	a.Reread = func() (*config.Site, error) {
		site, diagnostics := config.Load([]string{s.configDir()}, nil)
		return site, diagnostics.Err()
	}
	inside := &inProcess{agent: a, cancel: cancel, ended: make(chan error, 1)}
	go func() { inside.ended <- a.Run(ctx) }()
	s.agent = inside
}

type inProcess struct {
	agent  *agent.Agent
	cancel context.CancelFunc
	ended  chan error
}

func (p *inProcess) dicom() string { return p.agent.DICOMAddr().String() }
func (p *inProcess) http() string  { return p.agent.HTTPAddr().String() }

func (p *inProcess) socket() string { return p.agent.SocketAddr() }

func (p *inProcess) stop() error {
	p.cancel()
	return nil
}

func (p *inProcess) done() <-chan error { return p.ended }

// StartProgram starts the built program as the site's agent and waits until its
// executors are healthy.
func (s *Site) StartProgram() {
	s.t.Helper()
	s.LaunchProgram()
	s.Ready()
}

// LaunchProgram starts the built program as the site's agent, however its
// executors are.
func (s *Site) LaunchProgram() {
	s.t.Helper()
	from := s.log.len()
	command := exec.Command(s.programs.Agent, "agent", "-config", s.configDir())
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "DOCKER_HOST=" + os.Getenv("DOCKER_HOST")}
	command.Dir = s.Dir
	command.Stdout, command.Stderr = s.log, s.log
	if err := command.Start(); err != nil {
		s.t.Fatal(err)
	}
	outside := &process{command: command, ended: make(chan error, 1)}
	go func() { outside.ended <- command.Wait() }()
	s.agent = outside
	Until(s.t, "the agent to be ready", func() (bool, string) {
		e, ok := s.log.last("agent is ready", from)
		outside.at = e
		return ok, s.log.tail()
	})
}

type process struct {
	command *exec.Cmd
	ended   chan error
	at      entry
}

func (p *process) dicom() string { return p.at.DICOM }
func (p *process) http() string  { return p.at.HTTP }

func (p *process) socket() string { return p.at.Socket }

func (p *process) stop() error        { return p.command.Process.Signal(syscall.SIGTERM) }
func (p *process) done() <-chan error { return p.ended }

// PID is the process of the program that was started.
func (s *Site) PID() int { return s.agent.(*process).command.Process.Pid }

// Signal sends a signal to the program that was started.
func (s *Site) Signal(signal syscall.Signal) {
	s.t.Helper()
	if err := s.agent.(*process).command.Process.Signal(signal); err != nil {
		s.t.Fatal(err)
	}
}

// Kill ends the program as the kernel ends one that takes too much memory:
// without a word.
func (s *Site) Kill() {
	s.t.Helper()
	p := s.agent.(*process)
	s.agent = nil
	if err := p.command.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := inTime(p.ended); !errors.As(err, &exit) {
		s.t.Fatalf("killed agent: %v", err)
	}
}

func inTime(ended <-chan error) error {
	select {
	case err := <-ended:
		return err
	case <-time.After(patience):
		return fmt.Errorf("not ended after %s", patience)
	}
}

// Ready waits until the agent answers and its executors are healthy.
func (s *Site) Ready() {
	s.t.Helper()
	Until(s.t, "healthy executors", func() (bool, string) {
		status, err := s.Client().Status(s.t.Context())
		if err != nil {
			return false, err.Error()
		}
		for _, e := range status.Executors {
			if e.State != "healthy" {
				return false, fmt.Sprintf("%s is %s: %s", e.ID, e.State, e.Message)
			}
		}
		return true, ""
	})
}

func (s *Site) configDir() string { return filepath.Join(s.Dir, "config") }
