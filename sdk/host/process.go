package host

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// process is the plugin's operating system process, as go-plugin's runner.
// Unlike go-plugin's own it gives the plugin a pipe as its standard input,
// which closes with this process; and it takes the process's end for the end,
// even if a grandchild still holds its outputs open.
type process struct {
	command   *exec.Cmd
	socketDir string
	tail      tail

	lifeline       *os.File
	stdout, stderr *os.File
	drained        chan struct{} // closed when all of stderr has been read
	theirs         []*os.File    // the plugin's ends of the pipes, closed here once it has them

	exited  chan struct{}
	failure error // set before exited is closed

	mu      sync.Mutex
	started bool
	killed  bool
}

func newProcess(command *exec.Cmd) *process {
	return &process{command: command, drained: make(chan struct{}), exited: make(chan struct{})}
}

func (p *process) prepare(socketDir string) (err error) {
	p.socketDir = socketDir
	pipes := make([][2]*os.File, 3)
	for i := range pipes {
		if pipes[i][0], pipes[i][1], err = os.Pipe(); err != nil {
			p.closePipes()
			return err
		}
		switch i {
		case 0:
			p.command.Stdin, p.lifeline = pipes[i][0], pipes[i][1]
			p.theirs = append(p.theirs, pipes[i][0])
		case 1:
			p.stdout, p.command.Stdout = pipes[i][0], pipes[i][1]
			p.theirs = append(p.theirs, pipes[i][1])
		case 2:
			p.stderr, p.command.Stderr = pipes[i][0], pipes[i][1]
			p.theirs = append(p.theirs, pipes[i][1])
		}
	}
	// A group of its own: what a terminal sends to the agent's group is not for
	// its plugins.
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return nil
}

// Start starts the process and the goroutine that waits for its end.
func (p *process) Start(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.killed {
		p.closePipes()
		return context.Cause(ctx)
	}
	if err := p.command.Start(); err != nil {
		p.closePipes()
		return err
	}
	p.started = true
	for _, file := range p.theirs {
		file.Close()
	}
	p.theirs = nil
	go func() {
		p.failure = p.command.Wait()
		p.lifeline.Close()
		// for what the process wrote last; more than that is a grandchild's
		const drain = 100 * time.Millisecond
		_ = p.stdout.SetReadDeadline(time.Now().Add(drain))
		_ = p.stderr.SetReadDeadline(time.Now().Add(drain))
		close(p.exited)
	}()
	return nil
}

func (p *process) closePipes() {
	for _, file := range append(p.theirs, p.lifeline, p.stdout, p.stderr) {
		if file != nil {
			file.Close()
		}
	}
}

func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.started {
		p.killed = true
		return
	}
	select {
	case <-p.exited:
	default:
		p.killed = true
		_ = p.command.Process.Kill()
	}
}

// discard frees what is left when the process has ended, or was never started.
func (p *process) discard() {
	p.mu.Lock()
	started := p.started
	p.mu.Unlock()
	if started {
		<-p.exited
		p.closePipes()
	}
	if p.socketDir != "" {
		os.RemoveAll(p.socketDir)
	}
}

// The rest of go-plugin's runner.Runner.

func (p *process) Kill(context.Context) error { p.kill(); return nil }

func (p *process) Wait(context.Context) error { <-p.exited; return p.failure }

func (p *process) Stdout() io.ReadCloser { return untilDeadline{p.stdout} }

// Stderr is read by go-plugin, for the log; the tail keeps what passes.
func (p *process) Stderr() io.ReadCloser {
	var once sync.Once
	return kept{untilDeadline{p.stderr}, &p.tail, func() { once.Do(func() { close(p.drained) }) }}
}

func (p *process) Name() string { return p.command.Path }

func (p *process) Diagnose(context.Context) string { return "" }

func (p *process) ID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.started {
		return ""
	}
	return strconv.Itoa(p.command.Process.Pid)
}

func (p *process) PluginToHost(network, address string) (string, string, error) {
	return network, address, nil
}

func (p *process) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}

// untilDeadline takes a passed deadline for the end of the file.
type untilDeadline struct{ *os.File }

func (f untilDeadline) Read(buffer []byte) (int, error) {
	n, err := f.File.Read(buffer)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = io.EOF
	}
	return n, err
}

// kept copies what is read to the tail, and tells when there is no more.
type kept struct {
	untilDeadline
	tail *tail
	end  func()
}

func (k kept) Read(buffer []byte) (int, error) {
	n, err := k.untilDeadline.Read(buffer)
	k.tail.add(buffer[:n])
	if err != nil {
		k.end()
	}
	return n, err
}
