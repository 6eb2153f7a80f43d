// Package cluster asks a Slurm cluster by running its commands: sbatch, squeue,
// scancel, sinfo, scontrol, sacct. What to submit, cancel or look for comes in;
// job ids, and jobs as the controller sees them, come out. An error is one of
// two: the controller refused ([Refused]), or nobody can tell. It decides
// nothing about attempts.
package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Cluster is how the commands of one cluster are run.
type Cluster struct {
	Bin      string        // folder of the commands; "": they are found in $PATH
	Conf     string        // path of slurm.conf; "": the commands' default
	Patience time.Duration // how long one command may take; 0: a minute

	accounting sync.Mutex
	asked      time.Time // when it was known last whether there are accounts
	accounted  bool      // there are

	limiting sync.Mutex
	limits   string // of groups, as scontrol shows them
	limitsAt time.Time
}

// Refused is the controller's own no: asking again gives the same answer.
type Refused struct {
	Command string
	Text    string // Slurm's words, on one line
}

// Error returns Slurm's words.
func (r *Refused) Error() string { return r.Command + ": " + r.Text }

// IsRefused tells whether an error is the controller's own no.
func IsRefused(err error) bool {
	var refused *Refused
	return errors.As(err, &refused)
}

// Absent says what is missing on this machine to talk to the cluster at all, or
// returns nil.
func (c *Cluster) Absent() error {
	if c.Conf != "" {
		if _, err := os.Stat(c.Conf); err != nil {
			return fmt.Errorf("%s is not there: it is the slurm.conf that the site names", c.Conf)
		}
	}
	for _, name := range []string{"sbatch", "squeue", "scancel", "sinfo"} {
		if _, err := exec.LookPath(c.program(name)); err != nil {
			if c.Bin != "" {
				return fmt.Errorf("%s is not there, or cannot be executed: the site's word bin names its folder", c.program(name))
			}
			return fmt.Errorf("%s is not installed on this machine: install Slurm's client commands, or set bin", name)
		}
	}
	return nil
}

func (c *Cluster) program(name string) string {
	if c.Bin != "" {
		return filepath.Join(c.Bin, name)
	}
	return name
}

// environment is all that commands, and so jobs, inherit.
func (c *Cluster) environment() []string {
	env := []string{"LC_ALL=C", "SLURM_TIME_FORMAT=standard"}
	for _, name := range []string{"PATH", "HOME", "USER", "LOGNAME"} {
		if value, set := os.LookupEnv(name); set {
			env = append(env, name+"="+value)
		}
	}
	if conf := c.Conf; conf != "" {
		env = append(env, "SLURM_CONF="+conf)
	} else if conf, set := os.LookupEnv("SLURM_CONF"); set {
		env = append(env, "SLURM_CONF="+conf)
	}
	if _, set := os.LookupEnv("PATH"); !set {
		env = append(env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	}
	return env
}

// run runs a command and passes its output to read. An error tells what the
// command said.
func (c *Cluster) run(ctx context.Context, name string, args []string, read func(io.Reader) error) error {
	if err := c.Absent(); err != nil {
		return err
	}
	patience := c.Patience
	if patience == 0 {
		patience = time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.program(name), args...)
	cmd.Env = c.environment()
	var said bytes.Buffer
	cmd.Stderr = &said
	cmd.WaitDelay = time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("run %s: %w", name, err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run %s: %w", name, err)
	}
	readErr := read(out)
	if readErr != nil {
		_, _ = io.Copy(io.Discard, out)
	}
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s did not answer: %w", name, ctx.Err())
	case errors.Is(err, exec.ErrWaitDelay):
		// it ended with success, and only what it may have said on standard
		// error did not come in time, as on a busy machine
		return readErr
	case err != nil:
		return explain(name, said.String(), err)
	}
	return readErr
}

// explain makes an error of what a command said. It makes it [Refused] unless
// there are words of doubt in it.
func explain(name, said string, err error) error {
	var words []string
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		line = strings.TrimPrefix(line, name+": ")
		if line = strings.TrimPrefix(line, "error: "); line != "" {
			words = append(words, line)
		}
	}
	text := strings.Join(words, "; ")
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() && text != "" && !uncertain(text) {
		return &Refused{Command: name, Text: text}
	}
	if text == "" {
		return fmt.Errorf("%s: %w", name, err)
	}
	return fmt.Errorf("%s: %s", name, text)
}

// doubts are words with which a command says that it could not ask the
// controller or hear its answer, or that the controller could not give one.
var doubts = []string{
	"timed out", "Unable to contact", "Connection refused", "Communication connection failure", "Zero Bytes", "Transport endpoint",
	"receive failure", "send failure", "No route to host", "Connection reset", "Broken pipe", "temporarily", "Resource temporarily unavailable",
	"Unexpected message received", "slurm_persist_conn_open", "Protocol authentication error", "Munge", "munge", "establish a configuration source",
	"standby mode", "slurmdbd", "Unspecified error", "Network is unreachable", "Name or service not known", "Failed to load", "getaddrinfo",
	"Controller not responding", "Cannot allocate memory", "Interrupted system call", "I/O error", "Input/output error", "Invalid authentication credential",
	"Unable to open", "an't stat", "Stale file handle", "No space left", "Disk quota exceeded", "Too many open files", "Permission denied",
}

func uncertain(text string) bool {
	for _, doubt := range doubts {
		if strings.Contains(text, doubt) {
			return true
		}
	}
	return false
}
